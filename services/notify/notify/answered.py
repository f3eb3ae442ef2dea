"""Somebody at the clinic has answered an alert: it falls silent."""

from uuid import UUID

from sqlalchemy import Connection, func, select, update

from contract.events import AlertChanged
from notify.messages import CANCELLED, QUEUED, UNKNOWN
from notify.records import announce, note
from notify.states import STILL_OPEN, TAKEN
from notify.tables import alert as alerts
from notify.tables import contact as contacts
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


def acknowledge(connection: Connection, *, alert_id: UUID, contact_id: int, how: str) -> bool:
    """The contact has it, and leads is told; False: somebody else was first.  `how`: link, text."""
    name = connection.execute(select(contacts.c.name).where(contacts.c.id == contact_id)).scalar()
    if not take(connection, alert_id, contact_id=contact_id, name=name or ""):
        return False
    row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).one()
    cancelled = silence(connection, alert_id)
    note(
        connection,
        "alert taken",
        clinic=row.clinic,
        alert_id=alert_id,
        detail={"by": name, "how": how, "cancelled": cancelled},
    )
    change = AlertChanged(
        lead_id=row.lead_id,
        clinic=row.clinic,
        alert_id=str(alert_id),
        what="acknowledged",
        contact=name or "",
    )
    announce(connection, change)
    return True
