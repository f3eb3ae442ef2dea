"""What the rows say of a time: how many wrote, from where, and how soon they were called."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from itertools import accumulate
from math import ceil, floor
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, Row, func, literal, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from leads import tables
from leads.desk.moves import CALL_NOW, DONE, TAKEN
from leads.desk.queue import Narrow
from leads.scope import Scope

UNCOUNTED = ("held", "spam")  # no request until somebody, or time, says so
TOP = 10  # articles that brought the most

Named = TypeVar("Named", str, tuple[str, str])

_lead = tables.lead.c
_MOMENT = DateTime(timezone=True)
# The planner expects many more days and waits than there are, and would rather sort every lead.
_ROOM = text("SET LOCAL work_mem = '256MB'")


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
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    midnights = [
        datetime.combine(day, time(), ZoneInfo(zone)) for day in (*days, last + timedelta(days=1))
    ]
    counted = _counted(scope, narrow, midnights)
    waits = {row.tenths: row for row in counted[_Way.WAIT] if row.tenths is not None}
    state = scope.connection.execute(
        select(
            func.count().filter(_lead.state == TAKEN, _lead.contacted_at.is_(None)),
            func.count().filter(_lead.state == CALL_NOW),
        ).where(scope.own(tables.lead), _lead.state != DONE, *narrow.conditions())
    ).one()
    tapped = _tapped(scope, narrow, first, last)
    return Report(
        first=first,
        last=last,
        total=sum(row.leads for row in counted[_Way.DAY]),
        by_day={days[row.day - 1]: row.leads for row in counted[_Way.DAY]},
        by_location=_most_first(
            [((row.clinic, row.location), row.leads) for row in counted[_Way.LOCATION]]
        ),
        by_kind=_most_first([(row.kind, row.leads) for row in counted[_Way.KIND]]),
        by_article=_most_first([(row.article, row.leads) for row in counted[_Way.ARTICLE]])[:TOP],
        contacts=Contacts(
            count=sum(row.leads for row in waits.values()),
            median=_quantile(0.5, {tenths / 10: row.leads for tenths, row in waits.items()}),
            p90=_quantile(0.9, {tenths / 10: row.leads for tenths, row in waits.items()}),
            within_promise=sum(row.in_time for row in waits.values()),
        ),
        taken_not_called=state[0],
        unanswered=state[1],
        taps=sum(count for _page, count in tapped),
        taps_by_page=tapped[:TOP],
    )


def _tapped(scope: Scope, narrow: Narrow, first: date, last: date) -> list[tuple[str, int]]:
    """Page -> taps on a phone number there, most first."""
    tap = tables.phone_tap.c
    wanted = [scope.own(tables.phone_tap), tap.day.between(first, last)]
    if narrow.clinic:
        wanted += [tap.clinic == narrow.clinic, tap.location == narrow.location]
    rows = scope.connection.execute(
        select(tap.page, func.sum(tap.taps).label("taps")).where(*wanted).group_by(tap.page)
    )
    return _most_first([(row.page, row.taps) for row in rows])


class _Way(IntEnum):
    """What PostgreSQL's grouping() says of the day, location, kind, article and wait of a row.

    A bit is set where the rows were not grouped by that.
    """

    DAY = 0b01111
    LOCATION = 0b10111
    KIND = 0b11011
    ARTICLE = 0b11101
    WAIT = 0b11110


def _counted(
    scope: Scope, narrow: Narrow, midnights: Sequence[datetime]
) -> dict[_Way, list[Row[Any]]]:
    """Each way of counting in one pass over an index; days are counted from 1.

    `tenths` of an open minute until the first contact are fine enough to find the middle by
    counting, without sorting every lead.
    """
    scope.connection.execute(_ROOM)
    seen = (
        select(
            func.width_bucket(_lead.received_at, literal(midnights, ARRAY(_MOMENT))).label("day"),
            _lead.clinic,
            _lead.location,
            _lead.kind,
            _lead.article,
            func.round(_lead.contact_minutes * 10).label("tenths"),
            _lead.contact_late,
        )
        .where(
            scope.own(tables.lead),
            _lead.state.not_in(UNCOUNTED),
            _lead.received_at >= midnights[0],
            _lead.received_at < midnights[-1],
            *narrow.conditions(),
        )
        .subquery()
        .c
    )
    way = func.grouping(seen.day, seen.location, seen.kind, seen.article, seen.tenths)
    rows = scope.connection.execute(
        select(
            way.label("way"),
            seen.day,
            seen.clinic,
            seen.location,
            seen.kind,
            seen.article,
            seen.tenths,
            func.count().label("leads"),
            func.count().filter(seen.contact_late.is_(False)).label("in_time"),
        ).group_by(
            func.grouping_sets(
                tuple_(seen.day),
                tuple_(seen.clinic, seen.location),
                tuple_(seen.kind),
                tuple_(seen.article),
                tuple_(seen.tenths),
            )
        )
    )
    found: dict[_Way, list[Row[Any]]] = {way: [] for way in _Way}
    for row in rows:
        found[_Way(row.way)].append(row)
    return found


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


def _most_first(counted: list[tuple[Named, int]]) -> list[tuple[Named, int]]:
    return sorted(counted, key=lambda entry: (-entry[1], str(entry[0])))
