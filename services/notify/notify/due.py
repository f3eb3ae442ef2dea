"""What the sweep finds: messages that something must be done about, handed out once."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, case, func, select, update

from notify.messages import QUEUED, SENDING, TO_DO, UNKNOWN
from notify.tables import message

LOOK_AGAIN_S = (1, 2, 4, 5)  # published but still there: looked at again after these


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A message that the sweep found."""

    id: UUID
    channel: str
    tries: int  # how often it was published by the sweep before


def claim_due(connection: Connection, *, limit: int) -> list[Due]:
    """Up to `limit` messages that something must be done about, longest overdue first.

    Each is looked at again after a growing pause, set here: commit before you publish.
    """
    due = (
        select(message.c.id)
        .where(
            message.c.state.in_([QUEUED, SENDING, UNKNOWN]),
            message.c.publish_at <= func.now(),
            TO_DO,
        )
        .order_by(message.c.publish_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    pause = case(
        *((message.c.publish_tries == n, s) for n, s in enumerate(LOOK_AGAIN_S)),
        else_=LOOK_AGAIN_S[-1],
    )
    rows = connection.execute(
        update(message)
        .where(message.c.id.in_(select(due.c.id)))
        .values(
            publish_at=func.now() + pause * timedelta(seconds=1),
            publish_tries=message.c.publish_tries + 1,
        )
        .returning(message.c.id, message.c.channel, message.c.publish_tries)
    )
    return [Due(id=row.id, channel=row.channel, tries=row.publish_tries - 1) for row in rows]
