// Shows the page again when a file of the clinic has changed.
(() => {
  let seen;
  setInterval(async () => {
    try {
      const version = await (await fetch("/preview.version", { cache: "no-store" })).text();
      if (seen && seen !== version) location.reload();
      seen = version;
    } catch {
      // the server is restarting
    }
  }, 1500);
})();
