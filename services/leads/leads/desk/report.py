"""What the rows say of a time: how many wrote, from where, and how soon they were called."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Row, func, select, tuple_

from leads import tables
from leads.desk.moves import CALL_NOW, DONE, TAKEN
from leads.desk.queue import Narrow
from leads.scope import Scope

UNCOUNTED = ("held", "spam")  # no request until somebody, or time, says so
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


def report(
    scope: Scope,
    narrow: Narrow,
    *,
    first: date,
    last: date,
    zone: str,
) -> Report:
    wanted = [
        scope.own(tables.lead),
        _lead.state.not_in(UNCOUNTED),
        *narrow.conditions(),
        *_between(first, last, zone),
    ]
    by_day: dict[date, int] = {}
    by_location: list[tuple[tuple[str, str], int]] = []
    by_kind: list[tuple[str, int]] = []
    by_article: list[tuple[str, int]] = []
    for row in _counted(scope, wanted, zone):
        if row.day is not None:
            by_day[row.day] = row.leads
        elif row.location is not None:
            by_location.append(((row.clinic, row.location), row.leads))
        elif row.kind is not None:
            by_kind.append((row.kind, row.leads))
        else:
            by_article.append((row.article, row.leads))
    contacts = _contacts(scope, wanted)
    state = scope.connection.execute(
        select(
            func.count().filter(_lead.state == TAKEN, _lead.contacted_at.is_(None)),
            func.count().filter(_lead.state == CALL_NOW),
        ).where(scope.own(tables.lead), _lead.state != DONE, *narrow.conditions())
    ).one()
    return Report(
        first=first,
        last=last,
        total=sum(by_day.values()),
        by_day=by_day,
        by_location=_most_first(by_location),
        by_kind=_most_first(by_kind),
        by_article=_most_first(by_article)[:TOP],
        contacts=contacts,
        taken_not_called=state[0],
        unanswered=state[1],
    )


def _between(first: date, last: date, zone: str) -> list[ColumnElement[bool]]:
    """From the midnight that begins `first` to the one that ends `last`, wherever those fall."""
    begin, end = (
        datetime.combine(day, time(), ZoneInfo(zone)) for day in (first, last + timedelta(days=1))
    )
    return [_lead.received_at >= begin, _lead.received_at < end]


def _counted(
    scope: Scope, wanted: Iterable[ColumnElement[bool]], zone: str
) -> Sequence[Row[tuple[date, str, str, str, str, int]]]:
    """Each way of counting in one pass over the rows; the other columns of a row are NULL."""
    seen = (
        select(
            func.date(func.timezone(zone, _lead.received_at), type_=Date).label("day"),
            _lead.clinic,
            _lead.location,
            _lead.kind,
            func.coalesce(_lead.attribution["path"].astext, "").label("article"),
        )
        .where(*wanted)
        .subquery()
        .c
    )
    ways = func.grouping_sets(
        tuple_(seen.day),
        tuple_(seen.clinic, seen.location),
        tuple_(seen.kind),
        tuple_(seen.article),
    )
    return scope.connection.execute(
        select(
            seen.day,
            seen.clinic,
            seen.location,
            seen.kind,
            seen.article,
            func.count().label("leads"),
        ).group_by(ways)
    ).all()


def _contacts(scope: Scope, wanted: Iterable[ColumnElement[bool]]) -> Contacts:
    minutes = _lead.contact_minutes
    row = scope.connection.execute(
        select(
            func.count(minutes),
            func.percentile_cont(0.5).within_group(minutes),
            func.percentile_cont(0.9).within_group(minutes),
            func.count().filter(_lead.contact_late.is_(False)),
        ).where(*wanted)
    ).one()
    return Contacts(count=row[0], median=row[1], p90=row[2], within_promise=row[3])


def _most_first(counted: list[tuple[Named, int]]) -> list[tuple[Named, int]]:
    return sorted(counted, key=lambda entry: (-entry[1], str(entry[0])))
