// Carries the names of a campaign in this page's address along to the next page of the site, so
// that a request knows what it came from.  Nothing is stored, and no other address is touched.
(() => {
  const names = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];
  names.push(...(document.currentScript.dataset.also ?? "").split(" ").filter(Boolean));
  const here = new URLSearchParams(location.search);
  const known = names.filter((name) => here.get(name));
  if (!known.length) return;
  const carry = (event) => {
    const link = event.target.closest?.("a[href^='/']");
    if (!link) return;
    const target = new URL(link.href);
    for (const name of known) target.searchParams.set(name, here.get(name).slice(0, 200));
    link.href = target.pathname + target.search.replaceAll("%2F", "/") + target.hash;
  };
  document.addEventListener("click", carry, true);
  document.addEventListener("auxclick", carry, true);
})();
