"""Whether a message is still wanted: each answer to an alert opens a new round of it.

A message belongs to the round in which it was made and is sent in no other.  One about several
alerts (notify.bundles) is sent only while all of them are in the round that it was made in.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, bindparam, exists, func, select

from notify.tables import alert, bundled, message

GAP = timedelta(minutes=5)

# of a row of `message`: the alerts that it tells of together, their references, and whether one
# of them has been answered
MINE = bundled.c.message_id == message.c.id
TOGETHER = select(func.array_agg(bundled.c.alert_id)).where(MINE).scalar_subquery()
REFERENCES = (
    select(func.array_agg(alert.c.reference))
    .where(MINE, alert.c.id == bundled.c.alert_id)
    .correlate(message)
    .scalar_subquery()
)
STALE = (
    select(bundled.c.message_id)
    .where(MINE, alert.c.id == bundled.c.alert_id, alert.c.round != bundled.c.alert_round)
    .correlate(message)
    .exists()
)


def now(alert_id: Any) -> ColumnElement[int]:
    """The alert's present round."""
    this = select(alert.c.round).where(alert.c.id == alert_id).scalar_subquery()
    return func.coalesce(this, 0)


def not_too_soon(alert_id: Any, contact_id: Any, channel: Any) -> ColumnElement[datetime]:
    """Now, or `GAP` after this contact's last message about the alert on this channel.

    About no alert (NULL): now.
    """
    last = select(func.max(message.c.created_at)).where(
        message.c.alert_id == alert_id,
        message.c.contact_id == contact_id,
        message.c.channel == channel,
        message.c.state != "cancelled",
    )
    return func.greatest(func.now(), last.scalar_subquery() + GAP)  # of nothing: NULL, ignored


def still_one() -> ColumnElement[bool]:
    """No claim begins after an answer was committed: the alert's row puts them in order.

    The row is locked by what reads it: an answer that is under way is waited for, and then the
    row is looked at again as it left it.  Parameters: `alert`, and its `round` when the message
    was made.
    """
    same = select(alert.c.id).where(
        alert.c.id == bindparam("alert"), alert.c.round == bindparam("round")
    )
    return exists(select(same.with_for_update(read=True).cte("same").c.id))


def of_those(ids: Any) -> CTE:
    """`still_one`, of many messages: `id` and `round` of their alerts, locked in the order of all
    who lock several.
    """
    told_of = select(message.c.alert_id).where(message.c.id == func.any(ids))
    same = select(alert.c.id, alert.c.round).where(alert.c.id.in_(told_of)).order_by(alert.c.id)
    return same.with_for_update(read=True, of=alert).cte("same")


def still_several() -> ColumnElement[bool]:
    """The same of a message `of` several alerts; `together`: how many."""
    same = (
        select(alert.c.id)
        .join(bundled, bundled.c.alert_id == alert.c.id)
        .where(bundled.c.message_id == bindparam("of"), bundled.c.alert_round == alert.c.round)
        .order_by(alert.c.id)
        .with_for_update(read=True, of=alert)
    )
    count = select(func.count()).select_from(same.cte("same")).scalar_subquery()
    return count == bindparam("together")
