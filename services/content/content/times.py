"""Hours, closures and promises in words."""

# ruff: noqa: RUF001, RUF002 - dashes are set as in print

from datetime import date, time
from itertools import groupby

from contract.directory import Closure, Location, Span

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CLOSED = "Closed"
NO_BREAK = "\u00a0"  # a line ends between spans, not inside one


def hours_lines(location: Location) -> list[tuple[str, str]]:
    """(days, hours) from Monday on; neighboring days with the same hours share a line."""
    lines = []
    for hours, group in groupby(enumerate(location.hours), key=lambda entry: entry[1]):
        days = [index for index, _ in group]
        name = DAY_NAMES[days[0]]
        if len(days) > 1:
            name += f"{' and ' if len(days) == 2 else ' to '}{DAY_NAMES[days[-1]]}"  # noqa: PLR2004
        lines.append((name, ", ".join(_span(span) for span in hours) or CLOSED))
    return lines


def open_sentence(location: Location) -> str:
    """The open hours in one sentence part.

    "Monday to Friday 8:30 am – 5 pm"
    """
    return "; ".join(f"{days} {hours}" for days, hours in hours_lines(location) if hours != CLOSED)


def closure_line(closure: Closure) -> str:
    days = _day(closure.first)
    if closure.last != closure.first:
        days += f" – {_day(closure.last)}"
    days += f", {closure.last.year}"
    return f"{days}: {closure.reason}" if closure.reason else days


def reply_time(minutes: int) -> str:
    """
    >>> reply_time(60), reply_time(90), reply_time(120)
    ('one hour', '90 minutes', '2 hours')
    """
    if minutes == 60:  # noqa: PLR2004
        return "one hour"
    return f"{minutes // 60} hours" if minutes % 60 == 0 else f"{minutes} minutes"


def long_date(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _day(day: date) -> str:
    return f"{day:%a}, {day:%b} {day.day}"


def _span(span: Span) -> str:
    same_half = (span.opens.hour < 12) == (span.closes.hour < 12) and span.closes != time(12)  # noqa: PLR2004
    words = f"{_time(span.opens, half=not same_half)} – {_time(span.closes)}"
    return words.replace(" ", NO_BREAK)


def _time(moment: time, *, half: bool = True) -> str:
    if moment in (time(12), time(0)):
        return "noon" if moment == time(12) else "midnight"
    clock = f"{(moment.hour - 1) % 12 + 1}" + (f":{moment.minute:02}" if moment.minute else "")
    return clock + (f" {'am' if moment.hour < 12 else 'pm'}" if half else "")  # noqa: PLR2004
