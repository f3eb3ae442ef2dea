"""What the sweep finds: messages that something must be done about, handed out once."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, case, func, select, update

from notify.messages import QUEUED, SENDING, TO_DO, UNKNOWN
from notify.tables import message
from notify.wanted import Wanted
from plumbing.database import among

LOOK_AGAIN_S = (3, 5)  # published but still there: looked at again after these


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A message that the sweep found."""

    wanted: Wanted
    tries: int  # how often it was published by the sweep before


def claim_due(connection: Connection, *, limit: int) -> list[Due]:
    """Up to `limit` messages that something must be done about, longest overdue first.

    Clinics have their turn one by one, so that one with very many delays no other.

    Each is looked at again after a growing pause, set here: commit before you publish.
    """
    waiting = (
        among(message.c.state, [QUEUED, SENDING, UNKNOWN]),
        message.c.publish_at <= func.now(),
        TO_DO,
    )
    turn = func.row_number().over(
        partition_by=message.c.clinic, order_by=(message.c.publish_tries, message.c.publish_at)
    )
    ranked = (
        select(message.c.id, message.c.publish_at, turn.label("turn")).where(*waiting).subquery()
    )
    first = select(ranked.c.id).order_by(ranked.c.turn, ranked.c.publish_at).limit(limit)
    due = (
        select(message.c.id)
        .where(message.c.id.in_(first), *waiting)
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
        .returning(message.c.id, message.c.channel, message.c.clinic, message.c.publish_tries)
    )
    return [
        Due(wanted=Wanted(row.channel, row.id, row.clinic), tries=row.publish_tries - 1)
        for row in rows
    ]
