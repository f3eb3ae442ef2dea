"""Somebody at the clinic has taken a lead, or says how it went: its alert falls silent.

TooEarly    the alert is not here yet: the event comes again
"""

from datetime import datetime

from sqlalchemy import Connection, select, update

from contract.events import LeadHandled
from notify.answered import silence
from notify.records import note
from notify.states import SETTLED, TAKEN
from notify.tables import alert as alerts

NOT_REACHED = frozenset({"left_message"})  # outcomes after which somebody still has to call


class TooEarly(Exception):  # noqa: N818 - what the event is
    """Events may arrive out of order."""


def lead_handled(connection: Connection, event: LeadHandled) -> None:
    """The alert's new state; what was not handed to a provider yet is not sent any more."""
    row = connection.execute(
        select(alerts.c.id, alerts.c.state, alerts.c.taken_by)
        .where(alerts.c.lead_id == event.lead_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise TooEarly(event.lead_id)
    done = event.state == "outcome" and event.outcome not in NOT_REACHED
    state = SETTLED if done or row.state == SETTLED else TAKEN
    values: dict[str, object] = {"state": state}
    if event.by != row.taken_by:  # the desk has the last word
        at = datetime.fromisoformat(event.at)
        values |= {"taken_by": event.by, "taken_contact_id": None, "taken_at": at}
    connection.execute(update(alerts).where(alerts.c.id == row.id).values(values))
    cancelled = silence(connection, row.id)
    note(
        connection,
        f"alert {state}",
        clinic=event.clinic,
        alert_id=row.id,
        detail={"by": event.by, "outcome": event.outcome, "cancelled": cancelled},
    )
