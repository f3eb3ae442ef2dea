"""Requests that wait as possible spam: nobody is told of each, the morning mail counts them."""

from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from contract.events import LeadHeld
from notify.tables import held_lead as rows


def note(connection: Connection, event: LeadHeld) -> None:
    """Events may come in any order: the newest word stands."""
    row = insert(rows).values(
        lead_id=event.lead_id,
        clinic=event.clinic,
        location=event.location,
        state=event.state,
        at=datetime.fromisoformat(event.at),
    )
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["lead_id"],
            set_={"state": row.excluded.state, "at": row.excluded.at},
            where=rows.c.at <= row.excluded.at,
        )
    )
