// The form works without this.  With it, a request that is sent twice is known to be one, and the
// list of mistakes is read out first.
(() => {
  const form = document.querySelector('form[action="/leads/requests"]');
  if (!form) return;
  document.querySelector(".error-summary")?.focus();
  form.addEventListener(
    "input",
    () => {
      const id = document.createElement("input");
      id.type = "hidden";
      id.name = "submission_id";
      id.value = crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-");
      form.append(id);
    },
    { once: true },
  );
})();
