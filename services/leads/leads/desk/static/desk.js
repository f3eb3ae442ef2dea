// Keeps the list on an open desk true, and the page's own name in sight.  All works without it.
"use strict";
// on a phone the pages stand in one row that slides
document.querySelector(".ways [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
(() => {
  const EVERY_MS = 10000;
  const page = () => document.querySelector("[data-version]");
  if (!page()) return;

  const busy = () => {
    const at = document.activeElement;
    return at && (at.matches("input, select, textarea") || at.closest("form button:active"));
  };

  async function look() {
    if (document.hidden || busy()) return;
    const answer = await fetch("/live" + location.search, { redirect: "manual" });
    if (answer.type === "opaqueredirect") return location.reload(); // signed out meanwhile
    if (!answer.ok) return say(true);
    const live = await answer.json();
    say(false);
    for (const [id, waited] of Object.entries(live.ages)) {
      const age = document.querySelector(`[data-lead="${CSS.escape(id)}"] .age strong`);
      if (age) age.textContent = waited;
    }
    if (live.version !== page().dataset.version) await renew();
  }

  async function renew() {
    const answer = await fetch(location.href);
    if (!answer.ok || busy()) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const focused = document.activeElement && document.activeElement.id;
    document.querySelector("main").replaceWith(fresh.querySelector("main"));
    document.title = fresh.title;
    if (focused) document.getElementById(focused)?.focus();
  }

  function say(stale) {
    const note = document.querySelector(".stale");
    if (note) note.hidden = !stale;
  }

  setInterval(() => look().catch(() => say(true)), EVERY_MS);
  document.addEventListener("visibilitychange", () => look().catch(() => say(true)));
})();
