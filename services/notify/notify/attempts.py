"""An attempt to send a message: claimed, its lease renewed, ended.

Whoever wants to call a provider first claims the row.  A claim is one conditional UPDATE on the
attempt number that was seen; it raises that number, so it succeeds for one caller only, and so
nothing that an earlier attempt reports later can change the row.  All times are the database's.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Connection,
    Interval,
    Select,
    Text,
    Uuid,
    bindparam,
    case,
    func,
    null,
    or_,
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
        "seen_no": seen.attempt_no,
        "seen_state": seen.state,
        "by": provider,
        "lease": timedelta(seconds=lease_s),
        "texts": texts_per_day,
    }
    return connection.scalar(claiming, of_it) is not None


def claim_firsts(
    connection: Connection, wanted: Mapping[UUID, str], *, lease_s: float, texts_per_day: int
) -> list[Seen]:
    """Look at messages of alerts and start their first attempts, all in one statement.

    `wanted`: message id -> the provider that is to have it.  Left out is what must be looked at
    more closely, whatever the reason; the limit of texts leaves out all of a clinic's.
    """
    of_them = {
        "of": list(wanted),
        "by": list(wanted.values()),
        "lease": timedelta(seconds=lease_s),
        "texts": texts_per_day,
    }
    found = connection.execute(_FIRSTS, of_them)
    return [lookup.as_seen(row) for row in found]


def _claiming_firsts() -> Select[Any]:
    """The rows as they were before."""
    of = bindparam("of", type_=ARRAY(Uuid))
    given = func.unnest(of, bindparam("by", type_=ARRAY(Text)))
    providers = given.table_valued("id", "provider").render_derived(name="given")
    same = rounds.of_those(of)
    welcome = case(
        (message.c.channel == caps.TEXT, suppression.allows(message.c.address)),
        else_=~suppression.applies(message.c.channel, message.c.address),
    )
    free = (
        select(message.c.id, message.c.channel, message.c.clinic, providers.c.provider)
        .join(providers, providers.c.id == message.c.id)
        .join(same, (same.c.id == message.c.alert_id) & (same.c.round == message.c.alert_round))
        .where(message.c.attempt_no == 0, among(message.c.state, [QUEUED]), TO_DO, welcome)
    )
    written = _writing(free).cte("written")
    return lookup.ALL.where(message.c.id.in_(select(written.c.message_id)))


@cache
def _claiming(*, one: bool, several: bool, text: bool) -> ReturningInsert[Any]:
    """`one`, `several`: what the message tells of; else it is about no lead."""
    wanted = [rounds.still_one()] if one else [rounds.still_several()] if several else []
    if text:
        wanted.append(suppression.allows(bindparam("to")))
    free = select(
        message.c.id, message.c.channel, message.c.clinic, bindparam("by").label("provider")
    ).where(
        message.c.id == bindparam("of"),
        message.c.attempt_no == bindparam("seen_no"),
        message.c.state == bindparam("seen_state"),
        TO_DO,
        *wanted,
    )
    return _writing(free)


def _writing(wanted: Select[Any]) -> ReturningInsert[Any]:
    """A new attempt at each of these, unless somebody holds it: `message_id`.

    A row that somebody holds is seen to by them: waiting for it here, with the alert's row locked,
    would block whoever has the message's row and wants the alert's (notify.results).
    """
    free = wanted.with_for_update(skip_locked=True, of=message).cte("free")
    spent = caps.spending(free)
    within_limit = or_(
        free.c.channel != caps.TEXT,
        select(spent.c.clinic).where(spent.c.clinic == free.c.clinic).exists(),
    )
    lease_until = func.now() + bindparam("lease", type_=Interval)
    claimed = (
        update(message)
        .where(message.c.id == free.c.id, within_limit)
        .values(
            state=SENDING,
            attempt_no=message.c.attempt_no + 1,
            provider=free.c.provider,
            lease_until=lease_until,
            unknown_since=None,
            publish_at=lease_until,
            publish_tries=0,
        )
        .returning(message.c.id, message.c.attempt_no, message.c.provider)
        .cte("claimed")
    )
    written = insert(attempt).from_select(["message_id", "no", "provider"], select(claimed))
    return written.returning(attempt.c.message_id)


_FIRSTS = _claiming_firsts()


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
