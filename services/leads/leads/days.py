"""Preferred days as people in the US type them, checked against a location's calendar."""

import re
from datetime import date, datetime, timedelta

from contract.directory import Location

LAST_DAY_AHEAD = timedelta(days=90)
PARTS = ("any", "morning", "afternoon", "evening")
WITH_YEAR = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y")
WITHOUT_YEAR = ("%m/%d", "%B %d", "%b %d")


def parse_day(typed: str, today: date) -> date | None:
    """The day meant by "2026-12-03", "12/3/2026", "12/3" or "Dec 3"; None when it is no day.

    Without a year it is the next such day from `today` on.
    """
    text = re.sub(r"\s+", " ", typed.strip().replace(".", "")).title()
    for pattern in WITH_YEAR:
        if day := _by(text, pattern):
            return day
    for pattern in WITHOUT_YEAR:
        for year in (today.year, today.year + 1):
            day = _by(f"{text} {year}", f"{pattern} %Y")
            if day and day >= today:
                return day
    return None


def day_problem(location: Location, day: date, today: date) -> str | None:
    """Why `day` cannot be asked for at `location`, in words, or None."""
    spoken = f"{day:%A, %B} {day.day}"
    if day < today:
        return f"{spoken} is in the past. Choose a later day."
    if day > today + LAST_DAY_AHEAD:
        return f"{spoken} is too far ahead. Choose a day in the next {LAST_DAY_AHEAD.days} days."
    closure = next((c for c in location.closures if c.first <= day <= c.last), None)
    if closure or not location.hours[day.weekday()]:
        return f"{location.name} is closed on {spoken}. Choose another day."
    return None


def _by(text: str, pattern: str) -> date | None:
    try:
        return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a wall-calendar day
    except ValueError:
        return None
