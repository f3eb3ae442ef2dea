// Shows only the locations that serve the town or ZIP code that is typed.  Without it all are there.
(() => {
  const field = document.getElementById("find");
  if (!field) return;
  const places = [...document.querySelectorAll("[data-find]")];
  const said = document.getElementById("found");
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").trim().toLowerCase();
  field.addEventListener("input", () => {
    const wanted = plain(field.value);
    for (const place of places) place.hidden = !place.dataset.find.includes(wanted);
    const count = places.filter((place) => !place.hidden).length;
    said.textContent = count ? said.dataset.some.replace("{}", count) : said.dataset.none;
    said.classList.toggle("is-none", !count);
  });
})();
