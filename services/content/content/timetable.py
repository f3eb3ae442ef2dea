"""Opening hours and closures as clinic files write them."""

import re
from datetime import date, time, timedelta

from content.tables import Table
from contract.directory import Closure, Span

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED_ALL_WEEK: tuple[tuple[Span, ...], ...] = ((),) * 7
LONGEST_CLOSURE = timedelta(days=366)

_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})( next day)?")


def read_hours(table: Table) -> tuple[tuple[Span, ...], ...]:
    """Seven entries, Monday first.  A day that is left out is closed."""
    hours = tuple(_read_day(table, day) for day in DAYS)
    table.finish()
    for index, day in enumerate(DAYS):
        late = [span for span in hours[index - 1] if span.closes <= span.opens]
        if late and hours[index] and hours[index][0].opens < late[-1].closes:
            table.wrong(day, f"{day} opens before the night before it ends", "correct one of them")
    return hours


def read_closures(tables: list[Table]) -> tuple[Closure, ...]:
    closures = []
    for table in tables:
        first, last = table.day("first"), table.day("last")
        reason = table.text("reason", "", at_most=80)
        table.finish()
        if first is None:
            table.wrong("first", "a closure without its first day", "add: first = 2026-12-24")
            continue
        closures.append(Closure(first=first, last=_last_day(table, first, last), reason=reason))
    return tuple(closures)


def _last_day(table: Table, first: date, last: date | None) -> date:
    if last is None:
        return first
    if last < first:
        table.wrong("last", f"last ({last}) is before first ({first})", "swap or correct them")
        return first
    if last - first > LONGEST_CLOSURE:
        table.wrong("last", f"closed from {first} to {last}", "correct the year")
    return last


def _read_day(table: Table, day: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    for written in table.texts(day):
        span = _span(table, day, written)
        if span is None:
            continue
        if spans and (spans[-1].closes <= spans[-1].opens or span.opens < spans[-1].closes):
            table.wrong(day, f"{written!r} overlaps or comes before another", "order the spans")
            continue
        spans.append(span)
    return tuple(spans)


def _span(table: Table, day: str, written: str) -> Span | None:
    match = _SPAN.fullmatch(written)
    if match is None:
        table.wrong(day, f"{written!r} is no span of hours", 'write it like "08:00-12:00"')
        return None
    hours = [int(part) for part in match.groups()[:4]]
    try:
        opens, closes = time(hours[0], hours[1]), time(hours[2], hours[3])
    except ValueError:
        table.wrong(day, f"{written!r} is no time of day", "write times from 00:00 to 23:59")
        return None
    overnight = bool(match.group(5))
    if overnight != (closes <= opens):
        remedy = (
            'remove " next day"'
            if overnight
            else f'swap the times, or write "{written} next day" if it is open overnight'
        )
        table.wrong(
            day, f"{written!r} ends {'on the same day' if overnight else 'too early'}", remedy
        )
        return None
    return Span(opens=opens, closes=closes)
