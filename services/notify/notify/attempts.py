"""An attempt to send a message: claimed, its lease renewed, ended.

Whoever wants to call a provider first claims the row.  A claim is one conditional UPDATE on the
attempt number that was seen; it raises that number, so it succeeds for one caller only, and so
nothing that an earlier attempt reports later can change the row.  All times are the database's.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Interval,
    Select,
    Text,
    bindparam,
    exists,
    func,
    null,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from notify import caps, lookup, rounds, suppression
from notify.messages import QUEUED, SENDING, TO_DO, UNKNOWN, Seen, in_
from notify.tables import attempt, message, outcome
from plumbing.database import among

# what an attempt that still has its say changes
_OF_ATTEMPT = (
    update(message)
    .where(
        message.c.id == bindparam("of"),
        message.c.attempt_no == bindparam("mine"),
        among(message.c.state, [SENDING, UNKNOWN]),
    )
    .values(lease_until=null())
)
_OUTCOME = insert(outcome).on_conflict_do_nothing()


# the attempt `mine` of the message `of` ends in the state `last`; a row, if it still has its say
ENDING = _OF_ATTEMPT.values(state=bindparam("last"), unknown_since=null()).returning(message.c.id)
# what became of it
SAYING = (
    insert(outcome)
    .values(
        message_id=bindparam("of"),
        no=bindparam("mine"),
        what=bindparam("said"),
        provider_ref=bindparam("said_ref", type_=Text),
        reason=bindparam("said_reason"),
    )
    .on_conflict_do_nothing()
)
_FINISH = ENDING.add_cte(SAYING.cte("said_of_it"))


def claim(
    connection: Connection, seen: Seen, *, provider: str, lease_s: float, texts_per_day: int = 500
) -> bool:
    """Start attempt `seen.attempt_no + 1`; False: somebody else has, or nobody wants it any more.

    A text that is claimed is counted; False, too, when its clinic has sent `texts_per_day`
    (notify.caps).
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


def claim_first(
    connection: Connection,
    message_id: UUID,
    *,
    clinic: str,
    channel: str,
    provider: str,
    lease_s: float,
    texts_per_day: int,
) -> Seen | None:
    """Look at a message of one alert and start its first attempt, in one statement.

    None: it must be looked at more closely, whatever the reason.
    """
    of_it = {
        "of": message_id,
        **caps.parameters(clinic, texts_per_day),
        "seen_no": 0,
        "seen_state": QUEUED,
        "by": provider,
        "lease": timedelta(seconds=lease_s),
    }
    row = connection.execute(_first(text=channel == "sms"), of_it).one_or_none()
    return lookup.as_it_was(row)


@cache
def _first(*, text: bool) -> Select[Any]:
    """The row as it was before."""
    wanted = [rounds.still_its_own(), ~suppression.applies(message.c.channel, message.c.address)]
    if text:
        wanted[1] = suppression.allows(message.c.address)
    written = _writing(wanted, text=text).cte("written")
    return lookup.WHOLE.where(exists(select(written.c.no)))


@cache
def _claiming(*, one: bool, several: bool, text: bool) -> ReturningInsert[int]:
    """`one`, `several`: what the message tells of; else it is about no lead."""
    wanted = [rounds.still_one()] if one else [rounds.still_several()] if several else []
    if text:
        wanted.append(suppression.allows(bindparam("to")))
    return _writing(wanted, text=text)


def _writing(wanted: Sequence[ColumnElement[bool]], *, text: bool) -> ReturningInsert[int]:
    """A new attempt, if somebody wants it: its number."""
    lease_until = func.now() + bindparam("lease", type_=Interval)
    conditions = [
        message.c.id == bindparam("of"),
        message.c.attempt_no == bindparam("seen_no"),
        message.c.state == bindparam("seen_state"),
        TO_DO,
        *wanted,
    ]
    # a row that somebody holds is seen to by them: waiting for it here, with the alert's row
    # locked, would block whoever has the message's row and wants the alert's (notify.results)
    free = select(message.c.id).where(*conditions).with_for_update(skip_locked=True).cte("free")
    within_limit = [caps.spends(select(free.c.id).exists())] if text else []
    claimed = (
        update(message)
        .where(message.c.id == free.c.id, *within_limit)
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
        .values(lease_until=in_(lease_s), publish_at=in_(lease_s))
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
    of_it = ended(message_id, attempt_no, what, state=state, ref=ref, reason=reason)
    return connection.scalar(_FINISH, of_it) is not None


def ended(
    message_id: UUID, attempt_no: int, what: str, *, state: str, ref: str | None, reason: str = ""
) -> dict[str, object]:
    """The parameters of ENDING and SAYING."""
    of_it = {"of": message_id, "mine": attempt_no, "last": state}
    return of_it | {"said": what, "said_ref": ref, "said_reason": reason}


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
        due_at=in_(delay_s),
        publish_at=in_(delay_s),
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
        due_at=in_(delay_s),
        publish_at=in_(delay_s),
        publish_tries=0,
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
