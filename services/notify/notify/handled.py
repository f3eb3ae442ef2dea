"""Somebody at the clinic has taken a lead, or says how it went: its alert falls silent.

TooEarly    the alert is not here yet: the event comes again
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from contract.events import LeadHandled
from notify import erased, states, steps
from notify.answered import silence
from notify.records import record
from notify.roster import policy_of
from notify.states import SETTLED, TAKEN, TOLD
from notify.tables import alert as alerts
from notify.tables import contact as contacts

NOT_REACHED = frozenset({"left_message"})  # outcomes after which somebody still has to call
TOLD_LEADS = {TAKEN: "acknowledged", SETTLED: "settled"}


class TooEarly(Exception):  # noqa: N818 - what the event is
    """Events may arrive out of order."""


def lead_handled(connection: Connection, event: LeadHandled) -> None:
    """The alert's new state, and what it waits for from now on.

    Events may overtake each other: one from before the newest that was taken changes nothing.
    """
    row = connection.execute(
        select(alerts).where(alerts.c.lead_id == event.lead_id).with_for_update()
    ).one_or_none()
    if row is None and erased.is_erased(connection, event.lead_id):
        return
    if row is None:
        raise TooEarly(event.lead_id)
    at = datetime.fromisoformat(event.at)
    if row.handled_at is not None and at < row.handled_at:
        record(connection, row, "word from the desk came late", reason=event.state, at=at)
        return
    cancelled = silence(connection, row.id)
    state = _state(event)
    values: dict[str, object] = {"state": state, "handled_at": at}
    values["settled_at"] = at if state == SETTLED else None
    if state == TOLD:
        values |= {"taken_by": None, "taken_contact_id": None, "taken_at": None}
        values |= {"missed_at": None}
    elif event.by != row.taken_by:  # the desk has the last word
        values |= {"taken_by": event.by, "taken_contact_id": None, "taken_at": at}
    connection.execute(update(alerts).where(alerts.c.id == row.id).values(values))
    _plan(connection, row, event, at)
    record(
        connection,
        row,
        f"alert {'reopened' if event.state == 'reopened' else state}",
        contact=event.by,
        reason=_said(event),
        at=at,
        by=event.by,
        state=event.state,
        outcome=event.outcome,
        cancelled=cancelled,
    )


def _state(event: LeadHandled) -> str:
    if event.state in {"passed_on", "reopened"}:
        return TOLD
    done = event.state == "outcome" and event.outcome not in NOT_REACHED
    return SETTLED if done else TAKEN


def _plan(connection: Connection, row: Row[Any], event: LeadHandled, at: datetime) -> None:
    policy = policy_of(connection, row.clinic, row.location)
    match event.state:
        case "taken":
            _remind(connection, row, policy.remind_after, at)
        case "outcome" if event.outcome in NOT_REACHED:
            _remind(connection, row, policy.call_again_after, at)
        case "follow_up":
            until = datetime.fromisoformat(event.until) if event.until else at
            steps.plan_at(connection, row.id, states.FOLLOW_UP, until)
        case "passed_on":
            chosen = _contact(connection, row.clinic, event.contact)
            steps.plan_at(connection, row.id, states.ESCALATION, at, contact_id=chosen)
        case "reopened":  # from the first contact on
            last = steps.plan_at(connection, row.id, states.ESCALATION, at)
            begins = update(alerts).where(alerts.c.id == row.id).values(pass_from=last - 1)
            connection.execute(begins)


def _remind(connection: Connection, row: Row[Any], minutes: int, at: datetime) -> None:
    steps.plan_open(connection, row.id, states.REMINDER, minutes=minutes, since=at)


def _contact(connection: Connection, clinic: str, who: str) -> int | None:
    """The contact of this key or name; None: whoever is next."""
    if not who:
        return None
    return connection.scalar(
        select(contacts.c.id)
        .where(contacts.c.clinic == clinic, contacts.c.removed_at.is_(None))
        .where((contacts.c.key == who) | (contacts.c.name == who))
        .limit(1)
    )


def _said(event: LeadHandled) -> str:
    if event.state == "follow_up":
        return f"call again at {event.until}"
    return event.outcome or event.state
