"""Requests that leads has erased: their alerts end, and what their patients were sent is deleted.

Alerts stay, as history; a first name in one (notify.agreement) goes.  An event about such a
request that comes late is absorbed: by a trigger on `alert` and `held_lead`, and by `is_erased`.

StillSending    a message to the patient is with a provider right now: the event comes again
"""

from datetime import datetime

from sqlalchemy import Connection, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from contract.events import LeadsErased
from notify.answered import silence
from notify.messages import SENDING
from notify.records import note
from notify.states import SETTLED
from notify.tables import alert, erased_lead, message, outbox


class StillSending(Exception):  # noqa: N818 - what the message is
    """Its row is needed for a few seconds more."""


def is_erased(connection: Connection, lead_id: str) -> bool:
    return bool(connection.scalar(select(exists().where(erased_lead.c.lead_id == lead_id))))


def take(connection: Connection, event: LeadsErased) -> None:
    """Raises StillSending."""
    at = datetime.fromisoformat(event.at)
    if event.leads:
        added = insert(erased_lead).values([{"lead_id": one, "at": at} for one in event.leads])
        connection.execute(added.on_conflict_do_nothing())
    _end_alerts(connection, event, at)
    connection.execute(select(func.erase_first_names(event.leads)))
    under_way = exists().where(message.c.about_lead.in_(event.leads), message.c.state == SENDING)
    if connection.scalar(select(under_way)):
        raise StillSending
    gone = connection.scalar(select(func.erase_what_patients_were_sent(event.leads)))
    # what they texted us went on to leads, sealed
    connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(event.texts))
        .values(sealed=None, confirmed_at=func.coalesce(outbox.c.confirmed_at, func.now()))
    )
    counts = {"leads": len(event.leads), "messages": gone, "texts": len(event.texts)}
    note(connection, "requests erased", clinic=event.clinic, detail=counts)


def _end_alerts(connection: Connection, event: LeadsErased, at: datetime) -> None:
    mine = connection.execute(
        select(alert).where(alert.c.lead_id.in_(event.leads)).order_by(alert.c.id).with_for_update()
    ).all()
    for row in mine:
        if row.state != SETTLED:
            silence(connection, row.id)
            said = {"at": at.isoformat(), "lead": row.lead_id, "reason": "the request was erased"}
            note(connection, "alert settled", clinic=row.clinic, alert_id=row.id, detail=said)
    connection.execute(
        update(alert)
        .where(alert.c.id.in_([row.id for row in mine]))
        .values(
            state=SETTLED,
            settled_at=func.coalesce(alert.c.settled_at, at),
            handled_at=at,  # an earlier word that comes late changes nothing
        )
    )
