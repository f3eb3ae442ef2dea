"""Somebody at the clinic has answered an alert: it falls silent."""

from uuid import UUID

from sqlalchemy import Connection, func, update

from contract.events import AlertChanged
from notify.links import Link
from notify.messages import CANCELLED, QUEUED, UNKNOWN
from notify.records import announce, note
from notify.states import STILL_OPEN, TAKEN
from notify.tables import alert as alerts
from notify.tables import message as rows


def take(connection: Connection, alert_id: UUID, *, contact_id: int, name: str) -> bool:
    """The alert is this contact's from now on; False: somebody else was first.

    Exactly one of those who try at the same time succeeds.
    """
    taken = connection.execute(
        update(alerts)
        .where(alerts.c.id == alert_id, alerts.c.state.in_(STILL_OPEN))
        .values(state=TAKEN, taken_by=name, taken_contact_id=contact_id, taken_at=func.now())
    )
    return taken.rowcount == 1


def silence(connection: Connection, alert_id: UUID) -> int:
    """Cancel what was not handed to a provider yet; how many messages that were.

    The caller holds the alert's row.  A message that is with a provider right now is seen to
    when that call has ended: an answered alert's message is never claimed again.
    """
    cancelled = connection.scalars(
        update(rows)
        .where(rows.c.alert_id == alert_id, rows.c.state.in_([QUEUED, UNKNOWN]))
        .values(state=CANCELLED, unknown_since=None)
        .returning(rows.c.id)
    ).all()
    return len(cancelled)


def acknowledge(connection: Connection, link: Link) -> bool:
    """The link's contact has it, and leads is told; False: somebody else was first."""
    if not take(connection, link.alert_id, contact_id=link.contact_id, name=link.contact):
        return False
    cancelled = silence(connection, link.alert_id)
    note(
        connection,
        "alert taken",
        clinic=link.clinic,
        alert_id=link.alert_id,
        detail={"by": link.contact, "how": "link", "cancelled": cancelled},
    )
    change = AlertChanged(
        lead_id=link.lead_id,
        clinic=link.clinic,
        alert_id=str(link.alert_id),
        what="acknowledged",
        contact=link.contact,
    )
    announce(connection, change)
    return True
