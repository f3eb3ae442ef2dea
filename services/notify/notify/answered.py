"""What a contact can say to an alert: I have it, not mine, reached.  Each makes it fall silent.

Every answer opens a new round of the alert: no message of an earlier round is claimed any more.
The hours are not needed here: what is waited for next is planned in open minutes and counted by
the dispatcher.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, update

from notify import states, steps
from notify.messages import CANCELLED, QUEUED, UNKNOWN
from notify.records import record
from notify.roster import policy_of
from notify.states import SETTLED, STILL_OPEN, TAKEN, TOLD
from notify.tables import alert as alerts
from notify.tables import bundled
from notify.tables import contact as contacts
from notify.tables import message as rows


def hold(connection: Connection, alert_id: UUID) -> Row[Any]:
    """The alert's row, locked: before its steps' and messages', in that order for all."""
    return connection.execute(select(alerts).where(alerts.c.id == alert_id).with_for_update()).one()


def silence(connection: Connection, alert_id: UUID) -> int:
    """A new round: cancel what was not handed to a provider yet, and what the alert waited for.

    The caller holds the alert's row.  Returns how many messages were cancelled.  A message that
    is with a provider right now is seen to when that call has ended: it is never claimed again.
    """
    connection.execute(
        update(alerts).where(alerts.c.id == alert_id).values(round=alerts.c.round + 1)
    )
    steps.cancel(connection, alert_id, notices=True)
    together = select(bundled.c.message_id).where(bundled.c.alert_id == alert_id)
    cancelled = connection.scalars(
        update(rows)
        .where((rows.c.alert_id == alert_id) | rows.c.id.in_(together))
        .where(rows.c.state.in_([QUEUED, UNKNOWN]))
        .values(state=CANCELLED, unknown_since=None)
        .returning(rows.c.id)
    ).all()
    return len(cancelled)


def acknowledge(
    connection: Connection,
    *,
    alert_id: UUID,
    contact_id: int,
    how: str,
    now: datetime | None = None,
) -> bool:
    """The contact has it, and leads is told; False: somebody else was first.  `how`: link, text."""
    row, name, at = _said(connection, alert_id, contact_id, now)
    if row.state not in STILL_OPEN:
        return False
    others = set(steps.told(connection, alert_id)) - {contact_id}
    cancelled = silence(connection, alert_id)
    connection.execute(
        update(alerts)
        .where(alerts.c.id == alert_id)
        .values(state=TAKEN, taken_by=name, taken_contact_id=contact_id, taken_at=at)
    )
    minutes = policy_of(connection, row.clinic, row.location).remind_after
    steps.plan_open(
        connection, alert_id, states.REMINDER, minutes=minutes, since=at, contact_id=contact_id
    )
    if others:
        steps.plan_at(connection, alert_id, states.NOTICE, at)
    record(
        connection,
        row,
        "alert taken",
        told="acknowledged",
        contact=name,
        reason=f"by {how}",
        at=at,
        cancelled=cancelled,
    )
    return True


def decline(
    connection: Connection,
    *,
    alert_id: UUID,
    contact_id: int,
    how: str,
    now: datetime | None = None,
) -> bool:
    """Not theirs: the next contact is told at once.  False: somebody else has it, or it is done."""
    row, name, at = _said(connection, alert_id, contact_id, now)
    held = row.state == TAKEN and row.taken_contact_id == contact_id
    if row.state not in STILL_OPEN and not held:
        return False
    if held:
        silence(connection, alert_id)
        free = {"state": TOLD, "taken_by": None, "taken_contact_id": None, "taken_at": None}
        connection.execute(update(alerts).where(alerts.c.id == alert_id).values(free))
    if held or row.missed_at is None:  # else everybody knows that it waits
        steps.plan_at(connection, alert_id, states.ESCALATION, at)
    why = f"not theirs, by {how}"
    record(connection, row, "alert declined", contact=name, reason=why, at=at, held=held)
    return True


def reached(
    connection: Connection,
    *,
    alert_id: UUID,
    contact_id: int,
    how: str,
    now: datetime | None = None,
) -> bool:
    """The contact has spoken with the patient: settled.  False: it was settled before."""
    row, name, at = _said(connection, alert_id, contact_id, now)
    if row.state == SETTLED:
        return False
    cancelled = silence(connection, alert_id)
    values = {"state": SETTLED, "settled_at": at, "taken_by": name, "taken_contact_id": contact_id}
    if row.taken_contact_id != contact_id:
        values["taken_at"] = at
    connection.execute(update(alerts).where(alerts.c.id == alert_id).values(values))
    record(
        connection,
        row,
        "alert settled",
        told="settled",
        contact=name,
        reason=f"reached, by {how}",
        at=at,
        outcome="reached",
        cancelled=cancelled,
    )
    return True


def _said(
    connection: Connection, alert_id: UUID, contact_id: int, now: datetime | None
) -> tuple[Row[Any], str, datetime]:
    """How every answer begins: the alert's row, locked, who says it, and when."""
    row = hold(connection, alert_id)
    name = connection.execute(select(contacts.c.name).where(contacts.c.id == contact_id))
    return row, str(name.scalar_one()), now or datetime.now(UTC)
