"""Who did or saw what: one row for each sign-in and each reading and change of a lead."""

from collections.abc import Mapping
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
