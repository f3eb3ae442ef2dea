// Counts a tap on a phone number for the clinic's report: on which page, which number, of nobody.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='tel:']");
  if (!link) return;
  const tap = { page: location.pathname, phone: link.getAttribute("href").slice(4) };
  navigator.sendBeacon?.("/leads/taps", new URLSearchParams(tap));
}, true);
