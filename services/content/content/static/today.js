// Marks today in the hours, by the calendar of the location.  Without it the whole week is shown.
(() => {
  const now = new Date();
  for (const hours of document.querySelectorAll("[data-zone]")) {
    const { zone, closed, week, today, shut } = hours.dataset;
    const date = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(now);
    const day = new Date(`${date}T12:00:00Z`).getUTCDay() || 7;
    const isClosed = closed.split(" ").some((days) => {
      const [first, last] = days.split("/");
      return first && first <= date && date <= last;
    });
    if (week) {
      hours.textContent = today.replace("{}", isClosed ? shut : week.split("|")[day - 1]);
    } else if (!isClosed) {
      const row = [...hours.children].find((line) => line.dataset.days.split(" ").includes(String(day)));
      row?.classList.add("is-today");
      row?.setAttribute("aria-current", "date");
    }
  }
})();
