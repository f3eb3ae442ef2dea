// Asks the browser for a passkey and sends its answer as an ordinary form.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) return;
  for (const form of document.querySelectorAll("form.passkey")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const wrong = form.querySelector(".wrong");
      wrong.hidden = true;
      try {
        const asked = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
        if (!asked.ok) throw new Error(asked.statusText);
        const json = await asked.json();
        const credential =
          form.dataset.do === "create"
            ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(json) })
            : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json) });
        form.elements.answer.value = JSON.stringify(credential.toJSON());
        form.submit();
      } catch {
        wrong.hidden = false;
      }
    });
  }
})();
