"""What a location's opening hours mean: when it is open, and how open minutes are counted.

Hours are local wall time in the location's IANA zone.  A span whose end is not after its start
runs into the next day.  A closure takes away the spans that *start* on its dates.  All moments
that come in or go out are aware; what is counted are real minutes, so a span across a clock
change is an hour longer or shorter than its wall times say.  A wall time that a change skips is the
moment of the change.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contract.directory import Location

MINUTE = timedelta(minutes=1)
HORIZON_DAYS = 400  # a location that does not open within this many days counts as never open


def is_open(location: Location, at: datetime) -> bool:
    return any(start <= at < end for start, end in _open_spans(location, at, days=2))


def next_opening(location: Location, at: datetime) -> datetime | None:
    """`at` itself when the location is open, else when it opens next; None: never."""
    for start, _end in _open_spans(location, at):
        return max(start, at.astimezone(UTC))
    return None


def add_open_minutes(location: Location, at: datetime, minutes: int) -> datetime | None:
    """The moment when `minutes` open minutes have passed since `at`; None: never."""
    left = timedelta(minutes=minutes)
    for start, end in _open_spans(location, at):
        begin = max(start, at.astimezone(UTC))
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return None


def open_minutes(location: Location, start: datetime, end: datetime) -> float:
    """Open minutes from `start` to `end` (0 when `end` is not after `start`)."""
    days = max((end - start).days, 0) + 2
    total = timedelta()
    for opens, closes in _open_spans(location, start, days=days):
        total += max(min(closes, end) - max(opens, start), timedelta())
    return total.total_seconds() / 60


def _open_spans(
    location: Location, at: datetime, *, days: int = HORIZON_DAYS
) -> Iterator[tuple[datetime, datetime]]:
    """Merged open spans (UTC) that end after `at`, in order; looks `days` days ahead."""
    zone = ZoneInfo(location.zone)
    first = at.astimezone(zone).date() - timedelta(days=1)  # last night's span may still run
    current: tuple[datetime, datetime] | None = None
    for offset in range(days + 2):
        for start, end in _spans_of(location, first + timedelta(days=offset), zone):
            if end <= at:
                continue
            if current is None:
                current = (start, end)
            elif start <= current[1]:
                current = (current[0], max(current[1], end))
            else:
                yield current
                current = (start, end)
    if current is not None:
        yield current


def _spans_of(location: Location, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    if any(closure.first <= day <= closure.last for closure in location.closures):
        return []
    spans = []
    for span in location.hours[day.weekday()]:
        last = day if span.closes > span.opens else day + timedelta(days=1)
        start, end = _moment(day, span.opens, zone), _moment(last, span.closes, zone)
        if start < end:  # a span inside the hour that a clock change skips is empty
            spans.append((start, end))
    return sorted(spans)


def _moment(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """When the clock first shows `wall` on `day`, or has passed it."""
    at = datetime.combine(day, wall, zone).astimezone(UTC)
    gap = at.astimezone(zone).replace(tzinfo=None) - datetime.combine(day, wall)
    if not gap:
        return at
    before, after = at - gap, at  # a clock change skips it: the moment of the change
    while after - before > MINUTE:
        middle = before + (after - before) / 2
        skipped = middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset()
        before, after = (before, middle) if skipped else (middle, after)
    return after.replace(second=0, microsecond=0)
