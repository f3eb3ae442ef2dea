"""What the rows say of a time: how many wrote, from where, and how soon they were called."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from math import ceil, floor
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from leads import tables
from leads.desk.counting import counts
from leads.desk.moves import CALL_NOW, DONE, TAKEN
from leads.desk.queue import Narrow
from leads.scope import Scope

TOP = 10  # articles that brought the most

Named = TypeVar("Named", str, tuple[str, str])

_lead = tables.lead.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """How soon patients were first called, written to or booked, in open minutes.

    `median`, `p90`: None while nobody has been.
    """

    count: int
    median: float | None
    p90: float | None
    within_promise: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Requests received from `first` to `last` (local days of the reader's zone)."""

    first: date
    last: date
    total: int
    by_day: Mapping[date, int]
    by_location: list[tuple[tuple[str, str], int]]  # (clinic, location), most first
    by_kind: list[tuple[str, int]]
    by_article: list[tuple[str, int]]  # the page that led to the form, "" where none is known
    contacts: Contacts
    taken_not_called: int
    unanswered: int
    taps: int  # on phone numbers: calls that no request tells of
    taps_by_page: list[tuple[str, int]]


def report(
    scope: Scope,
    narrow: Narrow,
    *,
    first: date,
    last: date,
    zone: str,
) -> Report:
    """Of the place of `narrow`, whoever has the requests; those that were erased count."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    midnights = [
        datetime.combine(day, time(), ZoneInfo(zone)) for day in (*days, last + timedelta(days=1))
    ]
    found = counts(scope, narrow, midnights)
    minutes = {tenths / 10: leads for tenths, leads in found.waits.items()}
    state = scope.connection.execute(
        select(
            func.count().filter(_lead.state == TAKEN, _lead.contacted_at.is_(None)),
            func.count().filter(_lead.state == CALL_NOW),
        ).where(scope.own(tables.lead), _lead.state != DONE, *narrow.place(tables.lead))
    ).one()
    tapped = _tapped(scope, narrow, first, last)
    return Report(
        first=first,
        last=last,
        total=found.days.total(),
        by_day={days[number - 1]: leads for number, leads in found.days.items()},
        by_location=_most_first(found.locations.items()),
        by_kind=_most_first(found.kinds.items()),
        by_article=_most_first(found.articles.items())[:TOP],
        contacts=Contacts(
            count=found.waits.total(),
            median=_quantile(0.5, minutes),
            p90=_quantile(0.9, minutes),
            within_promise=found.in_time.total(),
        ),
        taken_not_called=state[0],
        unanswered=state[1],
        taps=sum(count for _page, count in tapped),
        taps_by_page=tapped[:TOP],
    )


def _tapped(scope: Scope, narrow: Narrow, first: date, last: date) -> list[tuple[str, int]]:
    """Page -> taps on a phone number there, most first."""
    tap = tables.phone_tap.c
    rows = scope.connection.execute(
        select(tap.page, func.sum(tap.taps).label("taps"))
        .where(
            scope.own(tables.phone_tap),
            tap.day.between(first, last),
            *narrow.place(tables.phone_tap),
        )
        .group_by(tap.page)
    )
    return _most_first([(row.page, row.taps) for row in rows])


def _quantile(share: float, counted: Mapping[float, int]) -> float | None:
    """The value below which `share` of all lie, between two neighbors in proportion."""
    last = sum(counted.values()) - 1
    if last < 0:
        return None
    values = sorted(counted)
    ends = list(accumulate(counted[value] for value in values))  # how many are up to each
    place = share * last
    lower, upper = (values[bisect_right(ends, at)] for at in (floor(place), ceil(place)))
    return lower + (upper - lower) * (place - floor(place))


def _most_first(counted: Iterable[tuple[Named, int]]) -> list[tuple[Named, int]]:
    return sorted(counted, key=lambda entry: (-entry[1], str(entry[0])))
