"""What became of messages that somebody at the desk waits for, in words."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from contract.alert_settings import LastTest
from notify.drill import TEST
from notify.messages import ACCEPTED, CANCELLED, FAILED, QUEUED, SUPPRESSED, UNKNOWN
from notify.providers.reports import DELIVERED, SENT
from notify.tables import audit, message, outcome

ON_ITS_WAY = "on_its_way"
SAID = {
    UNKNOWN: (ON_ITS_WAY, "no answer from the provider yet: it is asked again"),
    ACCEPTED: ("accepted", "accepted by the provider"),
    SENT: ("sent", "sent, not delivered yet"),
    DELIVERED: ("delivered", "delivered"),
    SUPPRESSED: ("failed", "not sent: this number has answered STOP"),
    FAILED: ("failed", "failed"),
    CANCELLED: ("failed", "cancelled"),
}


def last_tests(
    connection: Connection, contact_ids: Sequence[int], channels: frozenset[str]
) -> Mapping[int, tuple[LastTest, ...]]:
    """Contact id -> the last test on each channel.  `channels`: with a provider."""
    rows = connection.execute(
        _looked_at()
        .where(
            message.c.contact_id.in_(contact_ids),
            message.c.alert_id.is_(None),
            message.c.dedup_key.startswith(TEST, autoescape=True),
        )
        .ext(distinct_on(message.c.contact_id, message.c.channel))
        .order_by(message.c.contact_id, message.c.channel, message.c.created_at.desc())
    )
    found: dict[int, tuple[LastTest, ...]] = {}
    for row in rows:
        state, said = in_words(row, channels)
        shown = LastTest(
            channel=row.channel,
            state=state,
            said=said,
            at=row.created_at.astimezone(UTC).isoformat(),
        )
        found[row.contact_id] = (*found.get(row.contact_id, ()), shown)
    return found


def of_messages(
    connection: Connection, ids: Sequence[UUID], channels: frozenset[str]
) -> Mapping[UUID, str]:
    """Message id -> what became of it."""
    rows = connection.execute(_looked_at().where(message.c.id.in_(ids)))
    return {row.id: in_words(row, channels)[1] for row in rows}


def in_words(row: Row[Any], channels: frozenset[str]) -> tuple[str, str]:
    """(state, the same in words, with the reason where there is one)."""
    state, said = SAID.get(row.state, (ON_ITS_WAY, "being sent"))
    if row.state == FAILED and row.failed:
        said = f"failed: {row.failed}"
    elif row.state == QUEUED and row.channel not in channels:
        said = "not sent yet: no provider is configured"
    elif row.state == QUEUED and row.put_off:
        said = f"not taken yet ({row.put_off}): it is tried again"
    return state, said


def _looked_at() -> Select[Any]:
    """Messages with the reason why the last attempt did not do, and why there is none any more."""
    of_attempt = and_(outcome.c.message_id == message.c.id, outcome.c.no == message.c.attempt_no)
    failed = (
        select(audit.c.detail["reason"].astext)
        .where(audit.c.message_id == message.c.id, text("audit.what = 'message failed'"))
        .order_by(audit.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(
        message.c.id,
        message.c.contact_id,
        message.c.channel,
        message.c.state,
        message.c.created_at,
        outcome.c.reason.label("put_off"),
        failed.label("failed"),
    ).outerjoin(outcome, of_attempt)
