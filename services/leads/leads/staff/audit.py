"""Who did or saw what: one row for each sign-in and each reading and change of a lead."""

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import Connection

from leads import tables


def note(
    connection: Connection,
    what: str,
    *,
    staff_id: UUID | None = None,
    clinic: str | None = None,
    lead_id: UUID | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Append a row.  A `clinic` must be in the transaction's scope; `detail` holds plain facts."""
    connection.execute(
        tables.staff_event.insert()
        .inline()  # the row is not read back: one without a clinic may be written, not seen
        .values(
            staff_id=staff_id,
            clinic=clinic,
            lead_id=lead_id,
            what=what,
            detail=dict(detail or {}),
        )
    )


def note_each(
    connection: Connection,
    what: str,
    *,
    staff_id: UUID,
    details: Mapping[str, Mapping[str, object]],
) -> None:
    """Append a row for each clinic of `details`, which must all be in the transaction's scope."""
    rows = [
        {"staff_id": staff_id, "clinic": clinic, "what": what, "detail": dict(detail)}
        for clinic, detail in sorted(details.items())
    ]
    if rows:
        connection.execute(tables.staff_event.insert().inline().values(rows))


def note_shown(
    connection: Connection, what: str, *, staff_id: UUID, clinics: Iterable[str]
) -> None:
    """Append how many leads of each clinic a page showed.  `clinics`: of each of its leads."""
    details = {clinic: {"leads": count} for clinic, count in Counter(clinics).items()}
    note_each(connection, what, staff_id=staff_id, details=details)
