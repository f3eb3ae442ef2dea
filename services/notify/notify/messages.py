"""The rows of messages: added, and taken out of the way.

With notify.attempts, notify.lookup and notify.due the only SQL on them.

A message goes one way:

    queued -> sending -> accepted | failed_permanent
                      -> queued     the provider said no for now: due again later
                      -> unknown    the provider may have it: asked before it is sent again
    accepted -> sent -> delivered, or queued again, or failed: what the provider reports later
                                    (notify.receipts)

Whoever wants to call a provider first claims the row (notify.attempts).  All times are the
database's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert

from notify import rounds
from notify.providers import Outgoing
from notify.tables import message
from notify.wanted import Wanted
from notify.words import Worded
from plumbing import wakes
from plumbing.database import among
from plumbing.gathered import Writes

CHANNEL = "messages"  # LISTEN/NOTIFY: what notify.wanted writes (plumbing.wakes)
# the sweep leaves a new message to the wake-up for this long: in a busy moment sooner is too soon
FIRST_LOOK = timedelta(seconds=3)
PACE = timedelta(milliseconds=50)  # of those that wait for a provider that works again

QUEUED, SENDING, UNKNOWN = "queued", "sending", "unknown"
ACCEPTED, FAILED, CANCELLED = "accepted", "failed_permanent", "cancelled"
SUPPRESSED = "suppressed"
IN_VAIN = (FAILED, SUPPRESSED)

TO_DO = or_(
    among(message.c.state, [QUEUED, UNKNOWN]) & (message.c.due_at <= func.now()),
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


def add(connection: Connection, **of_it: Any) -> UUID:
    """Queue one message, of which `queued` tells; its id."""
    message_id, row = queued(**of_it)
    add_all(connection, [row])
    return message_id


def queued(
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
) -> tuple[UUID, Mapping[str, Any]]:
    """A message's id, and the message for `add_all`.

    `step`: the alert and its n-th step, told once however often this is called; None: about no
    lead.  `contact_id`: None for somebody who is no contact.  `key`: the id and what the message
    is known by, where it is not about an alert and must be queued once; `about`: the reference
    of the request that it is about then.
    """
    alert_id, step_n = step or (None, None)
    message_id, known_by = key or (uuid4(), f"{alert_id}:{step_n}:{contact_id}:{channel}")
    return message_id, {
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
    }


def add_all(connection: Writes, rows: Sequence[Mapping[str, Any]]) -> None:
    """Queue messages; who sends them is woken when the caller's transaction commits.

    What is there already is not added.  Nobody gets a second message about the same alert on the
    same channel within `rounds.GAP`.
    """
    connection.execute(_ADD, rows)
    for row in rows:
        wakes.say(connection, CHANNEL, str(Wanted(row["channel"], row["id"], row["clinic"])))


def _adding() -> Insert:
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
    return row.on_conflict_do_nothing()


_ADD = _adding()


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


def not_delivered(connection: Connection, seen: Seen, *, delay_s: float | None) -> bool:
    """The provider took it in vain: due again in `delay_s`, None: failed; False: as in `finish`."""
    again = (
        {"state": FAILED}
        if delay_s is None
        else {
            "state": QUEUED,
            "due_at": in_(delay_s),
            "publish_at": in_(delay_s),
            "publish_tries": 0,
        }
    )
    return connection.execute(update(message).where(_still(seen)).values(again)).rowcount == 1


def postpone(connection: Connection, seen: Seen, *, delay_s: float) -> None:
    """Nothing can be done now: look again in `delay_s`."""
    connection.execute(
        update(message).where(_still(seen)).values(publish_at=in_(delay_s), publish_tries=0)
    )


def hurry(connection: Connection, channel: str) -> None:
    """What no provider of the channel took may try again now, one after another by `PACE`: one that
    takes only so many is not flooded.  Rows in use are left alone."""
    put_off = (
        select(message.c.id, message.c.created_at)
        .where(
            message.c.channel == channel,
            message.c.state == QUEUED,
            message.c.attempt_no > 0,
            message.c.due_at > func.now(),
        )
        .with_for_update(skip_locked=True)
        .cte("put_off")
    )
    place = func.row_number().over(order_by=put_off.c.created_at) - 1
    turns = select(put_off.c.id, (func.now() + place * PACE).label("at")).cte("turns")
    soon = func.least(message.c.due_at, turns.c.at)
    connection.execute(
        update(message)
        .where(message.c.id == turns.c.id)
        .values(due_at=soon, publish_at=soon, publish_tries=0)
    )


def _still(seen: Seen) -> ColumnElement[bool]:
    """The row is as it was when looked at: every claim raises the attempt number."""
    return and_(
        message.c.id == seen.outgoing.id,
        message.c.attempt_no == seen.attempt_no,
        message.c.state == seen.state,
    )


def in_(seconds: float) -> ColumnElement[datetime]:
    """So many seconds from now."""
    return func.now() + timedelta(seconds=seconds)
