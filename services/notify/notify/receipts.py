"""What a provider reports about a message after it took it: under way, delivered, or not.

Receipts come twice, late, in any order, and before the row that says under which name the
provider has the message.  Each is kept once, and the best known one counts:

    accepted < sent < failed < delivered

so every order ends the same: who was reached after all was reached.  What an earlier attempt
reports changes nothing while a later one is under way, except that the message was delivered.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from notify import lookup, messages, results
from notify.providers.reports import DELIVERED, FAILED, RANK, SENT, Receipt
from notify.tables import message, outcome
from notify.tables import receipt as rows

# not delivered, though it may pass: these pauses, then it has failed for good
PAUSE_S = (1, 20, 60)
ATTEMPTS = len(PAUSE_S) + 1

_KNOWN = select(rows).where(rows.c.ref == bindparam("of"))


def take(connection: Connection, receipt: Receipt) -> bool:
    """Keep `receipt` and let it count; False: it was here before.

    It counts then, too: whoever kept it may have died before it did.
    """
    row = insert(rows).values(
        ref=receipt.ref,
        said=receipt.said,
        provider=receipt.provider,
        state=receipt.state,
        final=receipt.final,
        reason=receipt.reason,
    )
    is_new = connection.scalar(row.on_conflict_do_nothing().returning(rows.c.ref)) is not None
    apply(connection, receipt.ref)
    return is_new


def apply(connection: Connection, ref: str) -> None:
    """Bring the message that a provider knows as `ref` to what is known of it.

    Whoever has written the `ref` down sees to it, too: for receipts that were faster.
    """
    connection.execute(results.TURN, {"said_ref": ref})
    known = connection.execute(_KNOWN, {"of": ref}).all()
    best = max(known, key=lambda receipt: RANK.index(receipt.state), default=None)
    attempt = _attempt(connection, ref) if best else None
    if best is None or attempt is None:
        return
    if best.state == FAILED:
        _not_delivered(connection, attempt, best)
    elif best.state in {SENT, DELIVERED}:
        _reached(connection, attempt, best.state)


def _reached(connection: Connection, attempt: Row[UUID, int], state: str) -> None:
    before = [messages.ACCEPTED]
    if state == DELIVERED:
        before += [SENT, messages.FAILED, messages.QUEUED, messages.UNKNOWN]
    changed = connection.execute(
        update(message)
        .where(message.c.id == attempt.message_id, message.c.state.in_(before))
        .values(state=state, unknown_since=None)
    )
    if changed.rowcount == 1 and state == DELIVERED:
        seen = lookup.find(connection, attempt.message_id)
        results.delivered(connection, seen, attempt.no)


def _not_delivered(connection: Connection, attempt: Row[UUID, int], receipt: Row[Any]) -> None:
    seen = lookup.find(connection, attempt.message_id)
    if seen.attempt_no != attempt.no or seen.state not in {messages.ACCEPTED, SENT}:
        return
    results.hold_alert(connection, seen)
    final = receipt.final or attempt.no >= ATTEMPTS
    delay_s = None if final else PAUSE_S[attempt.no - 1]
    results.not_delivered(connection, seen, receipt.reason, delay_s)


def _attempt(connection: Connection, ref: str) -> Row[UUID, int] | None:
    return connection.execute(
        select(outcome.c.message_id, outcome.c.no).where(outcome.c.provider_ref == ref)
    ).first()
