"""Preferred days as people in the US type them, checked against a location's calendar."""

import re
from calendar import month_name
from datetime import date, datetime, time, timedelta
from functools import cache

from babel.dates import get_month_names
from babel.lists import format_list

from contract.directory import Location, Span
from plumbing.words import Words, later

LAST_DAY_AHEAD = timedelta(days=90)
WITH_YEAR = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y")
WITHOUT_YEAR = ("%m/%d", "%B %d", "%b %d")
# part of the day -> its span, and what to say when the location is closed then
PARTS = {
    "morning": (
        Span(opens=time(0), closes=time(12)),
        later("%(location)s is not open in the morning on %(day)s. Choose another time of day."),
    ),
    "afternoon": (
        Span(opens=time(12), closes=time(17)),
        later("%(location)s is not open in the afternoon on %(day)s. Choose another time of day."),
    ),
    "evening": (
        Span(opens=time(17), closes=time.max),
        later("%(location)s is not open in the evening on %(day)s. Choose another time of day."),
    ),
}
A_MONDAY = date(2024, 1, 1)
SPANISH_DAY = re.compile(
    r"(\d{1,2})\s+(?:de\s+)?([a-z]{3,10})(?:\s+(?:de\s+)?(\d{4}))?", re.IGNORECASE
)


def parse_day(typed: str, today: date) -> date | None:
    """The day meant by "2026-12-03", "12/3/2026", "12/3", "Dec 3" or "3 de diciembre".

    Without a year it is the next such day from `today` on.  None when it is no day.
    """
    text = re.sub(r"\s+", " ", typed.strip().replace(".", ""))
    spanish = SPANISH_DAY.fullmatch(text)
    if spanish and (month := _spanish_months().get(spanish[2].lower()[:3])):
        text = f"{month} {spanish[1]}" + (f", {spanish[3]}" if spanish[3] else "")
    text = text.title()
    for pattern in WITH_YEAR:
        if day := _by(text, pattern):
            return day
    for pattern in WITHOUT_YEAR:
        for year in range(today.year, today.year + 5):  # February 29 may be four years away
            day = _by(f"{text} {year}", f"{pattern} %Y")
            if day and day >= today:
                return day
    return None


def day_problem(
    words: Words, location: Location, day: date, part: str, now: datetime
) -> str | None:
    """Why `part` of `day` cannot be asked for at `location`, in words, or None.

    `now` is the location's wall time.
    """
    spoken = words.day(day)
    if day < now.date():
        return words("%(day)s is in the past. Choose a later day.", day=spoken)
    if day > now.date() + LAST_DAY_AHEAD:
        return words(
            "%(day)s is too far ahead. Choose a day in the next %(count)s days.",
            day=spoken,
            count=LAST_DAY_AHEAD.days,
        )
    closure = next((c for c in location.closures if c.first <= day <= c.last), None)
    spans = location.hours[day.weekday()]
    if closure or not spans:
        return words(
            "%(location)s is closed on %(day)s. It is open %(days)s.",
            location=location.name,
            day=f"{spoken} ({closure.reason})" if closure and closure.reason else spoken,
            days=open_days(words, location),
        )
    if day == now.date() and not any(_ends_after(span, now.time()) for span in spans):
        return words(
            "%(location)s has closed for today. Choose a later day.", location=location.name
        )
    if part in PARTS and not any(_meet(PARTS[part][0], span) for span in spans):
        return words(PARTS[part][1], location=location.name, day=spoken)
    return None


def open_days(words: Words, location: Location) -> str:
    """ "Monday to Friday", "Monday, Wednesday, and Saturday"."""
    names = [words.weekday(A_MONDAY + timedelta(days=index)) for index in range(7)]
    runs: list[list[str]] = []
    for index, spans in enumerate(location.hours):
        if spans and index and location.hours[index - 1]:
            runs[-1].append(names[index])
        elif spans:
            runs.append([names[index]])
    parts: list[str] = []
    for run in runs:
        if len(run) > 2:  # noqa: PLR2004 - "Monday to Tuesday" is longer than the two names
            parts.append(words("%(first)s to %(last)s", first=run[0], last=run[-1]))
        else:
            parts += run
    return format_list(parts, locale=words.language)


@cache
def _spanish_months() -> dict[str, str]:
    """The first three letters of a month -> its English name."""
    names = get_month_names("wide", locale="es")
    return {names[index][:3]: month_name[index] for index in range(1, 13)}


def _meet(part: Span, span: Span) -> bool:
    return span.opens < part.closes and _ends_after(span, part.opens)


def _ends_after(span: Span, moment: time) -> bool:
    return span.closes > moment or span.closes <= span.opens  # the latter runs into the next day


def _by(text: str, pattern: str) -> date | None:
    try:
        return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a wall-calendar day
    except ValueError:
        return None
