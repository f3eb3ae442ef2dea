// Shows the page again when a file of the clinic has changed.
(() => {
  const seen = document.currentScript.dataset.version;
  setInterval(async () => {
    try {
      const version = await (await fetch("/preview.version", { cache: "no-store" })).text();
      if (seen !== version) location.reload();
    } catch {
      // the server is restarting
    }
  }, 1500);
})();
