"""Files with requests that were taken from the desk, and may hold a person who is erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from leads import tables
from leads.privacy.finding import Found
from leads.scope import Scope
from leads.staff import people

SHOWN = 20  # the newest; nobody asks more people to delete a file
SOMEBODY = "Somebody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """`days`: how far back the file reaches."""

    clinic: str
    at: datetime
    by: str
    days: int


def files_with(scope: Scope, found: Found) -> Sequence[Taken]:
    """Newest first.  They lie on people's own machines: all that can be done is to ask."""
    event = tables.staff_event
    rows = scope.connection.execute(
        select(event)
        .where(scope.own(event), event.c.what == "exported")
        .order_by(event.c.id.desc())
    ).all()
    names = people.names(scope.connection, {row.staff_id for row in rows if row.staff_id})
    taken = [
        Taken(
            clinic=row.clinic,
            at=row.at,
            by=names.get(row.staff_id, SOMEBODY),
            days=int(row.detail.get("days", 366)),
        )
        for row in rows
    ]
    return [one for one in taken if _may_hold(one, found)][:SHOWN]


def _may_hold(file: Taken, found: Found) -> bool:
    return any(
        lead["clinic"] == file.clinic
        and file.at - timedelta(days=file.days) <= lead["received_at"] <= file.at
        for lead in found.leads
    )
