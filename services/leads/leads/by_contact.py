"""What a contact says by the link or a text of an alert, written into the lead.

The caller owns the transaction; nothing here commits.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, update

from contract.directory import Location
from leads import tables
from leads.waiting import first_contact

# of a clinic's slug and a location's; None: not in the directory (any more)
LocationOf = Callable[[str, str], Location | None]

LONGEST_CONTACT = 120  # of a contact's name, which an index holds


def taken_by_contact(
    connection: Connection, *, clinic: str, lead_id: UUID, contact: str, at: datetime
) -> None:
    """A contact answered the alert: the lead is taken, unless somebody at the desk was first.

    Of two contacts it is the later one's: the first had it without an outcome.
    """
    lead = tables.lead
    free = (lead.c.state == "new") | ((lead.c.state == "taken") & lead.c.holder.is_(None))
    connection.execute(
        update(lead)
        .where(lead.c.clinic == clinic, lead.c.id == lead_id, free)
        .values(state="taken", answered_by=contact[:LONGEST_CONTACT], changed_at=at)
    )


def reached_by_contact(
    connection: Connection,
    *,
    clinic: str,
    lead_id: UUID,
    contact: str,
    at: datetime,
    location_of: LocationOf,
) -> None:
    """A contact says that the patient was reached: the lead is done.

    Where nobody had called before, this was the first contact.
    """
    lead = tables.lead
    open_lead = (lead.c.clinic == clinic, lead.c.id == lead_id, lead.c.state != "done")
    row = connection.execute(
        select(lead.c.location, lead.c.received_at, lead.c.contacted_at)
        .where(*open_lead)
        .with_for_update()
    ).one_or_none()
    if row is None:
        return
    first = (
        first_contact(location_of(clinic, row.location), row.received_at, at)
        if row.contacted_at is None
        else {}
    )
    connection.execute(
        update(lead)
        .where(*open_lead)
        .values(
            state="done",
            outcome="reached",
            answered_by=contact[:LONGEST_CONTACT],
            follow_up_at=None,
            handled_at=at,
            changed_at=at,
            **first,
        )
    )
