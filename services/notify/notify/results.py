"""What became of an attempt: the message's next state, the audit, and word to leads, together.

Each is one transaction of the caller's (`accepted` is one statement).  An attempt that has no say
any more (the message was taken over) still gets its outcome on record, and changes nothing else.
"""

import logging
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Connection,
    Select,
    Text,
    Uuid,
    bindparam,
    exists,
    func,
    select,
    true,
    update,
)

from contract.events import AlertChanged
from notify import attempts, caps, messages, steps
from notify.messages import Seen
from notify.records import envelope, note, note_and_announce, noting_if, parameters
from notify.states import FAILED, OPEN, STILL_OPEN, TOLD
from notify.tables import alert as alerts
from notify.tables import message as rows
from notify.tables import outbox as outbox_rows
from plumbing import outbox, wakes
from plumbing.database import among

logger = logging.getLogger(__name__)

# Of a receipt and the outcome that it waits for, the second to come sees the first: both take the
# turn of the provider's `ref` first, until their transaction ends.
TURN = select(
    func.pg_advisory_xact_lock(func.hashtextextended(bindparam("said_ref", type_=Text), 0))
)
_TOLD = (
    update(alerts)
    .where(among(alerts.c.state, [OPEN, FAILED]))
    .values(state=bindparam("alert_state", TOLD))
)
# one by its key: for a list the planner takes the index of all that are open, where each alert
# that was told leaves an entry until the next vacuum
_TOLD_ONE = _TOLD.where(alerts.c.id == bindparam("told_of", type_=Uuid))
_TOLD_ALL = _TOLD.where(alerts.c.id == func.any(bindparam("told_of", type_=ARRAY(Uuid))))


def hold_alert(connection: Connection, seen: Seen) -> None:
    """The alert's row before its messages': in that order for all, so that nobody blocks anybody.

    Also, two messages that fail at once must not each take the other for pending.
    """
    of_it = select(alerts.c.id).where(alerts.c.id.in_(_about(seen))).order_by(alerts.c.id)
    connection.execute(of_it.with_for_update())


def accepted(connection: Connection, seen: Seen, no: int, ref: str) -> bool:
    """A provider has the message.  True: it has reported something of it, which the caller sees to.

    A report that is being written is waited for here, and counts; any later one finds what is
    written here.
    """
    detail: dict[str, object] = {"attempt": no, "channel": seen.outgoing.channel}
    change = _change(seen, "told")
    noted = parameters(
        "message accepted",
        clinic=seen.clinic,
        alert_id=seen.alert_id,
        message_id=seen.outgoing.id,
        detail=detail,
    )
    told = outbox.parameters(envelope(change)) if change else {}
    ended = attempts.ended(seen.outgoing.id, no, "accepted", state=messages.ACCEPTED, ref=ref)
    of_it = ended | {"told_of": seen.alert_id or list(seen.bundled)}
    accepting = _accepting(one=seen.alert_id is not None, announced=change is not None)
    is_reported = bool(connection.scalar(accepting, of_it | noted | told))
    if change:
        wakes.say(connection, outbox.CHANNEL)
    return is_reported


@cache
def _accepting(*, one: bool, announced: bool) -> Select[Any]:
    """All of it in one statement: whether a report is there, once it is this one's turn.

    `one`: it tells of one alert; else of several, or none.

    The alert comes after its message: e-mail and text of an alert would wait for one another's
    commit.
    """
    mine = attempts.ENDING.cte("ended")
    turn = TURN.cte("turn")
    written = [
        attempts.SAYING.cte("said_of_it"),
        noting_if(mine).cte("noted_of_it"),
        *([outbox.adding_if(outbox_rows, mine).cte("announced_of_it")] if announced else []),
        (_TOLD_ONE if one else _TOLD_ALL).cte("told_of_it"),
    ]
    is_reported = func.is_reported(bindparam("said_ref", type_=Text))
    return select(is_reported).select_from(turn.outerjoin(mine, true())).add_cte(*written)


def adopted(connection: Connection, seen: Seen, no: int, ref: str) -> None:
    """A provider has the message: we know because we asked."""
    connection.execute(_TOLD_ALL, {"told_of": list(_about(seen))})
    if attempts.finish(
        connection, seen.outgoing.id, no, "adopted", ref=ref, state=messages.ACCEPTED
    ):
        _note(connection, "message adopted", seen, no, told="told")


def refused(connection: Connection, seen: Seen, no: int, reason: str) -> None:
    """No provider will ever take it."""
    hold_alert(connection, seen)
    if attempts.finish(
        connection, seen.outgoing.id, no, "refused", reason=reason, state=messages.FAILED
    ):
        _failed(connection, seen, no, reason)
    _not_spent(connection, seen)


def given_up(connection: Connection, seen: Seen, reason: str) -> None:
    """Every attempt was in vain."""
    hold_alert(connection, seen)
    if messages.give_up(connection, seen):
        _failed(connection, seen, seen.attempt_no, reason)


def cancelled(connection: Connection, seen: Seen) -> None:
    """Somebody has answered the alert meanwhile."""
    hold_alert(connection, seen)
    if messages.cancel(connection, seen):
        _note(connection, "message cancelled", seen, seen.attempt_no, reason="alert answered")


def suppressed(connection: Connection, seen: Seen, reason: str) -> None:
    """Whoever it is for wants none."""
    hold_alert(connection, seen)
    if messages.suppress(connection, seen):
        _failed(connection, seen, seen.attempt_no, reason)


def put_off(connection: Connection, seen: Seen, no: int, reason: str, delay_s: float) -> None:
    """The provider did not take it now: again in `delay_s`."""
    attempts.add_outcome(connection, seen.outgoing.id, no, "failed", reason=reason)
    if attempts.queue_again(connection, seen.outgoing.id, no, delay_s=delay_s):
        _note(connection, "message put off", seen, no, reason=reason)
    _not_spent(connection, seen)


def unknown(connection: Connection, seen: Seen, no: int, reason: str, delay_s: float) -> None:
    """Nobody knows whether the provider has it: seen to in `delay_s`.  No outcome yet."""
    if attempts.doubt(connection, seen.outgoing.id, no, delay_s=delay_s):
        _note(connection, "message unknown", seen, no, reason=reason)


def delivered(connection: Connection, seen: Seen, no: int) -> None:
    """The provider says that it has arrived."""
    _note(connection, "message delivered", seen, no)


def not_delivered(connection: Connection, seen: Seen, reason: str, delay_s: float | None) -> None:
    """The provider took it, and now says that it did not arrive.

    `delay_s`: when the next provider has its turn; None: none will.  The caller holds the alert.
    """
    if not messages.not_delivered(connection, seen, delay_s=delay_s):
        return
    if delay_s is None:
        _failed(connection, seen, seen.attempt_no, reason)
    else:
        _note(connection, "message not delivered", seen, seen.attempt_no, reason=reason)


def refused_here(connection: Connection, seen: Seen, no: int, reason: str, delay_s: float) -> None:
    """This provider will never take it, another one may: in `delay_s`."""
    attempts.add_outcome(connection, seen.outgoing.id, no, "refused", reason=reason)
    if attempts.queue_again(connection, seen.outgoing.id, no, delay_s=delay_s):
        _note(connection, "message refused here", seen, no, reason=reason)
    _not_spent(connection, seen)


def _not_spent(connection: Connection, seen: Seen) -> None:
    """After the message's row, as a claim has it: in that order nobody blocks anybody."""
    if seen.channel == "sms":
        caps.not_spent(connection, seen.clinic)


def _failed(connection: Connection, seen: Seen, no: int, reason: str) -> None:
    _note(connection, "message failed", seen, no, reason=reason, told="failed")
    _fail_alert(connection, seen)
    steps.hurry(connection, seen.alert_id)
    logger.error(
        "message failed for good",
        extra={
            "message_id": seen.outgoing.id,
            "alert_id": seen.alert_id,
            "clinic": seen.clinic,
            "channel": seen.outgoing.channel,
            "reason": reason,
        },
    )


def _fail_alert(connection: Connection, seen: Seen) -> None:
    """The alert has failed when all its messages have."""
    hope = exists().where(rows.c.alert_id == seen.alert_id, rows.c.state.not_in(messages.IN_VAIN))
    failed = connection.execute(
        update(alerts)
        .where(alerts.c.id == seen.alert_id, alerts.c.state.in_(STILL_OPEN), ~hope)
        .values(state="failed")
    )
    if failed.rowcount:
        _note(connection, "alert failed", seen, seen.attempt_no)


def _note(
    connection: Connection, what: str, seen: Seen, no: int, *, reason: str = "", told: str = ""
) -> None:
    """Into the audit, and with `told` to leads."""
    detail: dict[str, object] = {"attempt": no, "channel": seen.outgoing.channel}
    if reason:
        detail["reason"] = reason
    of_it = {"alert_id": seen.alert_id, "message_id": seen.outgoing.id}
    change = _change(seen, told, reason=reason) if told else None
    if change is None:
        note(connection, what, clinic=seen.clinic, **of_it, detail=detail)
    else:
        note_and_announce(connection, what, **of_it, change=change, detail=detail)


def _change(seen: Seen, told: str, *, reason: str = "") -> AlertChanged | None:
    """For leads; what becomes of a message about no lead is no news there."""
    if seen.lead_id is None:
        return None
    return AlertChanged(
        lead_id=seen.lead_id,
        clinic=seen.clinic,
        alert_id=str(seen.alert_id),
        what=told,
        channel=seen.outgoing.channel,
        contact=seen.contact,
        reason=reason,
    )


def _about(seen: Seen) -> tuple[UUID, ...]:
    return (seen.alert_id,) if seen.alert_id else seen.bundled
