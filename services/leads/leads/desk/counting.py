"""How many requests there were, each way a report counts them: erased ones too."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Row,
    Table,
    cast,
    func,
    literal,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from leads import tables
from leads.desk.queue import Narrow
from leads.scope import Scope

_MOMENT = DateTime(timezone=True)
# No request until somebody, or time, says so.  As the indexes of reports say it.
_COUNTED: ColumnElement[bool] = literal_column("state NOT IN ('held', 'spam')", Boolean)


@dataclass(frozen=True, slots=True)
class Counts:
    """Days are counted from 1.  Waits until the first contact in tenths of an open minute:
    fine enough to find the middle by counting, without sorting every lead.
    """

    days: Counter[int] = field(default_factory=Counter)
    locations: Counter[tuple[str, str]] = field(default_factory=Counter)  # (clinic, location)
    kinds: Counter[str] = field(default_factory=Counter)
    articles: Counter[str] = field(default_factory=Counter)
    waits: Counter[int] = field(default_factory=Counter)
    in_time: Counter[int] = field(default_factory=Counter)  # of `waits`, by the promised time

    def add(self, row: Row[Any]) -> None:
        if row.location is not None:
            self.locations[row.clinic, row.location] += row.leads
        elif row.day is not None:
            self.days[row.day] += row.leads
            self.kinds[row.kind] += row.leads
        elif row.article is not None:
            self.articles[row.article] += row.leads
        elif row.tenths is not None:
            self.waits[row.tenths] += row.leads
            self.in_time[row.tenths] += 0 if row.contact_late else row.leads


def counts(scope: Scope, narrow: Narrow, midnights: Sequence[datetime]) -> Counts:
    """Of requests received from the first midnight up to the last, at the place of `narrow`."""
    found = Counts()
    for table in (tables.lead, tables.erased_lead):
        for row in _grouped(scope, narrow, table, midnights):
            found.add(row)
    return found


def _grouped(
    scope: Scope, narrow: Narrow, table: Table, midnights: Sequence[datetime]
) -> Sequence[Row[Any]]:
    """Each way of counting in one pass over an index.

    Every way costs a look into a hash table for each lead, so the day and the kind share one.
    """
    row = table.c
    seen = (
        select(
            func.width_bucket(row.received_at, literal(midnights, ARRAY(_MOMENT))).label("day"),
            row.clinic,
            row.location,
            row.kind,
            row.article,
            cast(row.contact_minutes * 10, Integer).label("tenths"),
            row.contact_late,
        )
        .where(
            scope.own(table),
            _COUNTED,
            row.received_at >= midnights[0],
            row.received_at < midnights[-1],
            *narrow.place(table),
        )
        # Keeps the planner from expecting as many days and waits as there are leads: in hash tables
        # of that size each look misses the processor's caches.
        .offset(0)
        .subquery()
        .c
    )
    ways = func.grouping_sets(
        tuple_(seen.day, seen.kind),
        tuple_(seen.clinic, seen.location),
        tuple_(seen.article),
        tuple_(seen.tenths, seen.contact_late),
    )
    return scope.connection.execute(
        select(
            seen.day,
            seen.clinic,
            seen.location,
            seen.kind,
            seen.article,
            seen.tenths,
            seen.contact_late,
            func.count().label("leads"),
        ).group_by(ways)
    ).all()
