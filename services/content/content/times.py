"""Hours, closures and promises in words."""

# ruff: noqa: RUF001, RUF002 - dashes are set as in print

from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import groupby

from babel.dates import format_date

from contract.directory import Closure, Location, Span
from plumbing.words import ENGLISH, Words

A_MONDAY = date(2024, 1, 1)
NO_BREAK = "\u00a0"  # a line ends between spans, not inside one


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRow:
    """`days`: numbers of the days that it is about, Monday is 1."""

    days: tuple[int, ...]
    label: str
    hours: str


def hours_lines(words: Words, location: Location) -> list[tuple[str, str]]:
    """(days, hours) from Monday on; neighboring days with the same hours share a line."""
    return [(row.label, row.hours) for row in hours_rows(words, location)]


def hours_rows(words: Words, location: Location) -> list[HoursRow]:
    rows = []
    for hours, group in groupby(enumerate(location.hours), key=lambda entry: entry[1]):
        numbers = [index for index, _ in group]
        days = [words.weekday(A_MONDAY + timedelta(days=index)) for index in numbers]
        if len(days) == 1:
            name = days[0]
        elif len(days) == 2:  # noqa: PLR2004
            name = words("%(first)s and %(last)s", first=days[0], last=days[-1])
        else:
            name = words("%(first)s to %(last)s", first=days[0], last=days[-1])
        rows.append(
            HoursRow(
                days=tuple(index + 1 for index in numbers),
                label=name[:1].upper() + name[1:],
                hours=_spans(words, hours),
            )
        )
    return rows


def week(words: Words, location: Location) -> list[str]:
    """The hours of each day, Monday first."""
    return [_spans(words, hours) for hours in location.hours]


def closed_days(location: Location) -> str:
    """Its closures for today.js: "2026-11-26/2026-11-27 2026-12-25/2026-12-25"."""
    return " ".join(f"{closure.first}/{closure.last}" for closure in location.closures)


def open_sentence(words: Words, location: Location) -> str:
    """The open hours in one sentence part.

    "Monday to Friday 8:30 am – 5 pm"
    """
    closed = words("Closed")
    lines = hours_lines(words, location)
    return "; ".join(f"{days} {hours}" for days, hours in lines if hours != closed)


def short_hours(words: Words, location: Location) -> str:
    """The open hours in as few letters as are read at a glance; days with the same hours together.

    "Mon–Thu 8 am – 5 pm · Fri 8 am – noon"
    """
    alike: dict[tuple[Span, ...], list[int]] = {}
    for index, spans in enumerate(location.hours):
        if spans:
            alike.setdefault(spans, []).append(index)
    return " · ".join(
        f"{_short_days(words, days)} {', '.join(_span(words, span) for span in spans)}"
        for spans, days in alike.items()
    )


def _short_days(words: Words, days: list[int]) -> str:
    names = [
        format_date(A_MONDAY + timedelta(days=day), "EEE", locale=words.language) for day in days
    ]
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:  # noqa: PLR2004
        return f"{names[0]}–{names[-1]}"
    return ", ".join(names)


def closure_line(words: Words, closure: Closure) -> str:
    days = _day(words, closure.first)
    if closure.last != closure.first:
        days += f" – {_day(words, closure.last)}"
    days += f", {closure.last.year}"
    return f"{days}: {closure.reason}" if closure.reason else days


def reply_time(words: Words, minutes: int) -> str:
    """60: one hour; 90: 90 minutes; 120: 2 hours."""
    if minutes == 60:  # noqa: PLR2004
        return words("one hour")
    if minutes % 60 == 0:
        return words("%(count)s hours", count=minutes // 60)
    return words("%(count)s minutes", count=minutes)


def _spans(words: Words, hours: tuple[Span, ...]) -> str:
    return ", ".join(_span(words, span) for span in hours) or words("Closed")


def _day(words: Words, day: date) -> str:
    pattern = "EEE, MMM d" if words.language == ENGLISH else "EEE d MMM"
    return format_date(day, pattern, locale=words.language)


def _span(words: Words, span: Span) -> str:
    same_half = (span.opens.hour < 12) == (span.closes.hour < 12) and span.closes != time(12)  # noqa: PLR2004
    opens = _time(words, span.opens, half=not same_half)
    return f"{opens} – {_time(words, span.closes)}".replace(" ", NO_BREAK)


def _time(words: Words, moment: time, *, half: bool = True) -> str:
    if moment in (time(12), time(0)):
        return words("noon") if moment == time(12) else words("midnight")
    clock = f"{(moment.hour - 1) % 12 + 1}" + (f":{moment.minute:02}" if moment.minute else "")
    return f"{clock} {words.half(moment)}" if half else clock
