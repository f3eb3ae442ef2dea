// The form works without this.  With it a request is sent without leaving the page: mistakes are
// shown in place and read out first, nothing typed is lost when no answer comes, and a request
// that is sent twice is known to be one.  Nothing is kept outside the page.
(() => {
  const ACTION = "/leads/requests";
  const ANSWER_WITHIN_MS = 15000;
  const id = crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-");
  let typedAt = null; // when the first key was pressed, on this page's clock
  let sending = false;

  const theForm = () => document.querySelector(`form[action="${ACTION}"]`);
  if (!theForm()) return;
  document.querySelector(".error-summary")?.focus();

  document.addEventListener("input", (event) => {
    if (event.target.form === theForm()) typedAt ??= performance.now();
  });

  document.addEventListener("submit", (event) => {
    if (event.target !== theForm()) return;
    event.preventDefault();
    if (!sending) send(event.target);
  });

  // back from the thank-you page: the form is as it was, and can be sent again
  addEventListener("pageshow", () => busy(theForm(), false));

  async function send(form) {
    const fields = new URLSearchParams(new FormData(form));
    if (typedAt !== null) {
      fields.set("submission_id", id);
      fields.set("took", ((performance.now() - typedAt) / 1000).toFixed(1));
    }
    busy(form, true);
    try {
      const answer = await fetch(ACTION, {
        method: "POST",
        body: fields,
        headers: { Accept: "text/html" },
        signal: AbortSignal.timeout?.(ANSWER_WITHIN_MS),
      });
      // stored: whatever its page answers, the request must not be called unsent
      if (answer.redirected) return location.assign(answer.url);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      busy(form, false);
      if (!show(page)) say(answer.status === 413 ? "too-large" : "not-taken");
    } catch {
      busy(form, false);
      say(navigator.onLine ? "no-answer" : "no-connection");
    }
  }

  // The same form with what is wrong, as the server made it; false when the answer is no form.
  function show(page) {
    const answered = page.querySelector(".form-page");
    if (!answered?.querySelector(`form[action="${ACTION}"]`)) return false;
    document.querySelector(".form-page").replaceWith(answered);
    document.title = page.title;
    document.querySelector(".error-summary")?.focus();
    return true;
  }

  function say(name) {
    const words = document.getElementById(name).content.cloneNode(true);
    const place = document.querySelector(".form-page");
    for (const old of place.querySelectorAll(".error-summary")) old.remove();
    place.prepend(words);
    place.querySelector(".error-summary").focus();
  }

  function busy(form, now) {
    sending = now;
    const button = form.querySelector(".send");
    button.dataset.label ??= button.textContent;
    button.textContent = now ? button.dataset.sending : button.dataset.label;
    form.querySelector("[role=status]").textContent = now ? button.dataset.sending : "";
  }
})();
