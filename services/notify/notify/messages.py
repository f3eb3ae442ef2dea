"""The rows of messages: added, claimed, given a result.

With notify.lookup and notify.due the only SQL on them.

A message goes one way:

    queued -> sending -> accepted | failed_permanent
                      -> queued     the provider said no for now: due again later
                      -> unknown    the provider may have it: asked before it is sent again
    accepted -> sent -> delivered, or queued again, or failed: what the provider reports later
                                    (notify.receipts)

Whoever wants to call a provider first claims the row.  A claim is one conditional UPDATE on the
attempt number that was seen; it raises that number, so it succeeds for one caller only, and so
nothing that an earlier attempt reports later can change the row.  All times are the database's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Interval,
    Select,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from notify import caps, rounds, suppression
from notify.providers import Outgoing
from notify.tables import attempt, message, outcome
from notify.words import Worded

CHANNEL = (
    "messages"  # LISTEN/NOTIFY: "<channel>:<message id>:<clinic>" of a row that was just committed
)
# the sweep leaves a new message to the wake-up for this long: in a busy moment sooner is too soon
FIRST_LOOK = timedelta(seconds=3)

QUEUED, SENDING, UNKNOWN = "queued", "sending", "unknown"
ACCEPTED, FAILED, CANCELLED = "accepted", "failed_permanent", "cancelled"
SUPPRESSED = "suppressed"
IN_VAIN = (FAILED, SUPPRESSED)

# what an attempt that still has its say changes
_OF_ATTEMPT = (
    update(message)
    .where(
        message.c.id == bindparam("of"),
        message.c.attempt_no == bindparam("mine"),
        message.c.state.in_([SENDING, UNKNOWN]),
    )
    .values(lease_until=None)
)
_OUTCOME = insert(outcome).on_conflict_do_nothing()
_FINISH = (
    _OF_ATTEMPT.values(state=bindparam("last"), unknown_since=None)
    .returning(message.c.id)
    .add_cte(
        insert(outcome)
        .values(
            message_id=bindparam("of"),
            no=bindparam("mine"),
            what=bindparam("said"),
            provider_ref=bindparam("said_ref", type_=Text),
            reason=bindparam("said_reason"),
        )
        .on_conflict_do_nothing()
        .cte("said")
    )
)

TO_DO = or_(
    message.c.state.in_([QUEUED, UNKNOWN]) & (message.c.due_at <= func.now()),
    (message.c.state == SENDING) & (message.c.lease_until < func.now()),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message as it was when looked at, with what is needed to send it and to report it."""

    outgoing: Outgoing
    alert_id: UUID | None  # None: about no lead, or about several
    alert_round: int  # of the alert when it was made (notify.rounds)
    bundled: tuple[UUID, ...]  # the alerts that it tells of together
    lead_id: str | None
    clinic: str
    suppressed: bool  # whoever it is for wants none
    answered: bool  # somebody at the clinic has answered the alert: nothing more is sent
    contact: str  # the contact's name
    state: str
    attempt_no: int
    provider: str | None
    unknown_for_s: float

    @property
    def channel(self) -> str:
        return self.outgoing.channel


def add(
    connection: Connection,
    *,
    clinic: str,
    step: tuple[UUID, int] | None,
    contact_id: int | None,
    channel: str,
    address: str,
    kind: str,
    worded: Worded,
    key: tuple[UUID, str] | None = None,
    about: str | None = None,
) -> UUID:
    """Queue one message; the dispatcher is woken when the caller's transaction commits.

    `step`: the alert and its n-th step, told once however often this is called; None: about no
    lead.  `contact_id`: None for somebody who is no contact.  `key`: the id and what the message
    is known by, where it is not about an alert and must be queued once; `about`: the reference
    of the request that it is about then.  Nobody gets a second message about the same alert on
    the same channel within `rounds.GAP`.
    """
    alert_id, step_n = step or (None, None)
    message_id, known_by = key or (uuid4(), f"{alert_id}:{step_n}:{contact_id}:{channel}")
    connection.execute(
        _ADD,
        {
            "id": message_id,
            "clinic": clinic,
            "alert_id": alert_id,
            "step_n": step_n,
            "contact_id": contact_id,
            "channel": channel,
            "address": address,
            "kind": kind,
            "subject": worded.subject,
            "text": worded.text,
            "html": worded.html,
            "dedup_key": known_by if step or key else str(message_id),
            "about": about,
            "wakes": f"{channel}:{message_id}:{clinic}",
        },
    )
    return message_id


def _adding() -> Select[Any]:
    whom = "clinic alert_id step_n contact_id channel address"
    what = "id kind subject text html dedup_key about"
    names = f"{whom} {what}".split()
    given = {name: bindparam(name, type_=message.c[name].type) for name in names}
    due_at = rounds.not_too_soon(given["alert_id"], given["contact_id"], given["channel"])
    row = insert(message).values(
        **given,
        state=QUEUED,
        alert_round=rounds.now(given["alert_id"]),
        due_at=due_at,
        publish_at=due_at + FIRST_LOOK,
    )
    added = row.on_conflict_do_nothing().returning(message.c.id).cte("added")
    return select(func.pg_notify(CHANNEL, bindparam("wakes"))).select_from(added)


_ADD = _adding()


def claim(
    connection: Connection, seen: Seen, *, provider: str, lease_s: float, texts_per_day: int = 500
) -> bool:
    """Start attempt `seen.attempt_no + 1`; False: somebody else has, or nobody wants it any more.

    A text is counted, and False, too, when its clinic has sent `texts_per_day` (notify.caps).
    One statement, so that it may be a transaction of its own.  Commit before the provider is
    called.
    """
    claiming = _claiming(
        one=seen.alert_id is not None, several=bool(seen.bundled), text=seen.channel == "sms"
    )
    of_it = {
        "of": seen.outgoing.id,
        "alert": seen.alert_id,
        "round": seen.alert_round,
        "together": len(seen.bundled),
        "to": seen.outgoing.to,
        **caps.parameters(seen.clinic, texts_per_day),
        "seen_no": seen.attempt_no,
        "seen_state": seen.state,
        "by": provider,
        "lease": timedelta(seconds=lease_s),
    }
    return connection.scalar(claiming, of_it) is not None


@cache
def _claiming(*, one: bool, several: bool, text: bool) -> ReturningInsert[int]:
    """`one`, `several`: what the message tells of; else it is about no lead."""
    lease_until = func.now() + bindparam("lease", type_=Interval)
    conditions = [
        message.c.id == bindparam("of"),
        message.c.attempt_no == bindparam("seen_no"),
        message.c.state == bindparam("seen_state"),
        TO_DO,
    ]
    if one:
        conditions.append(rounds.still_one())
    elif several:
        conditions.append(rounds.still_several())
    if text:
        conditions += [suppression.allows(bindparam("to")), caps.spends()]
    claimed = (
        update(message)
        .where(*conditions)
        .values(
            state=SENDING,
            attempt_no=message.c.attempt_no + 1,
            provider=bindparam("by"),
            lease_until=lease_until,
            unknown_since=None,
            publish_at=lease_until,
            publish_tries=0,
        )
        .returning(message.c.id, message.c.attempt_no, message.c.provider)
        .cte("claimed")
    )
    written = insert(attempt).from_select(["message_id", "no", "provider"], select(claimed))
    return written.returning(attempt.c.no)


def renew(connection: Connection, calls: Sequence[tuple[UUID, int]], *, lease_s: float) -> None:
    """The calls of these attempts (message id, number) are still open."""
    connection.execute(
        update(message)
        .where(
            tuple_(message.c.id, message.c.attempt_no).in_(calls),
            message.c.state == SENDING,
        )
        .values(lease_until=_in(lease_s), publish_at=_in(lease_s))
    )


def finish(
    connection: Connection,
    message_id: UUID,
    attempt_no: int,
    what: str,
    *,
    state: str,
    ref: str | None = None,
    reason: str = "",
) -> bool:
    """What became of the attempt, and the last state that it gives.

    False: this attempt has no say any more; what became of it is on record all the same.
    """
    of_it = {"of": message_id, "mine": attempt_no, "last": state}
    said = {"said": what, "said_ref": ref, "said_reason": reason}
    return connection.scalar(_FINISH, of_it | said) is not None


def give_up(connection: Connection, seen: Seen) -> bool:
    """No further attempt; False: something has happened since `seen`."""
    changed = connection.execute(
        update(message)
        .where(_still(seen), TO_DO)
        .values(state=FAILED, lease_until=None, unknown_since=None)
    )
    return changed.rowcount == 1


def cancel(connection: Connection, seen: Seen) -> bool:
    """Not sent any more; False: something has happened since `seen`."""
    changed = connection.execute(
        update(message)
        .where(_still(seen), TO_DO)
        .values(state=CANCELLED, lease_until=None, unknown_since=None)
    )
    return changed.rowcount == 1


def suppress(connection: Connection, seen: Seen) -> bool:
    """Whoever it is for wants none; False: something has happened since `seen`."""
    changed = connection.execute(
        update(message)
        .where(_still(seen))
        .values(state=SUPPRESSED, lease_until=None, unknown_since=None)
    )
    return changed.rowcount == 1


def queue_again(
    connection: Connection, message_id: UUID, attempt_no: int, *, delay_s: float
) -> bool:
    """Due again in `delay_s`; False: this attempt has no say any more."""
    return _result(
        connection,
        message_id,
        attempt_no,
        state=QUEUED,
        unknown_since=None,
        due_at=_in(delay_s),
        publish_at=_in(delay_s),
        publish_tries=0,
    )


def doubt(connection: Connection, message_id: UUID, attempt_no: int, *, delay_s: float) -> bool:
    """Nobody knows whether it went out: look again in `delay_s`; False: as in `finish`."""
    return _result(
        connection,
        message_id,
        attempt_no,
        state=UNKNOWN,
        unknown_since=func.coalesce(message.c.unknown_since, func.now()),
        due_at=_in(delay_s),
        publish_at=_in(delay_s),
        publish_tries=0,
    )


def not_delivered(connection: Connection, seen: Seen, *, delay_s: float | None) -> bool:
    """The provider took it in vain: due again in `delay_s`, None: failed; False: as in `finish`."""
    again = (
        {"state": FAILED}
        if delay_s is None
        else {
            "state": QUEUED,
            "due_at": _in(delay_s),
            "publish_at": _in(delay_s),
            "publish_tries": 0,
        }
    )
    return connection.execute(update(message).where(_still(seen)).values(again)).rowcount == 1


def postpone(connection: Connection, seen: Seen, *, delay_s: float) -> None:
    """Nothing can be done now: look again in `delay_s`."""
    connection.execute(
        update(message).where(_still(seen)).values(publish_at=_in(delay_s), publish_tries=0)
    )


def add_outcome(
    connection: Connection,
    message_id: UUID,
    attempt_no: int,
    what: str,
    *,
    ref: str | None = None,
    reason: str = "",
) -> None:
    """What became of an attempt: said once, the first word stands."""
    row = {"message_id": message_id, "no": attempt_no, "what": what}
    connection.execute(_OUTCOME, row | {"provider_ref": ref, "reason": reason})


def _result(connection: Connection, message_id: UUID, attempt_no: int, **values: object) -> bool:
    """States only go up: what is accepted or failed stays so."""
    of_it = {"of": message_id, "mine": attempt_no}
    return connection.execute(_OF_ATTEMPT.values(values), of_it).rowcount == 1


def _still(seen: Seen) -> ColumnElement[bool]:
    """The row is as it was when looked at: every claim raises the attempt number."""
    return and_(
        message.c.id == seen.outgoing.id,
        message.c.attempt_no == seen.attempt_no,
        message.c.state == seen.state,
    )


def _in(seconds: float) -> ColumnElement[datetime]:
    return func.now() + timedelta(seconds=seconds)
