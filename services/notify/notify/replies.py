"""What a contact answers by text."""

import re
from datetime import datetime

from sqlalchemy import Connection, select

from notify import answered
from notify.states import STILL_OPEN
from notify.tables import alert, step

YES = frozenset({"ok", "okay", "yes", "y", "i have it", "got it", "mine"})


def take(
    connection: Connection,
    *,
    contact: int,
    text: str,
    now: datetime,  # noqa: ARG001 - for what is said of times
) -> str | None:
    """Do what `text` of the contact with this id says; the text to send back, None: nothing.

    In the caller's transaction, which also absorbs a second copy of the same text.
    """
    if re.sub(r"\W+", " ", text).strip().casefold() not in YES:
        return None
    mine = connection.execute(
        select(alert.c.id, alert.c.location, alert.c.reference)
        .join(step, step.c.alert_id == alert.c.id)
        .where(step.c.contact_id == contact, alert.c.state.in_(STILL_OPEN))
    ).all()
    if len(mine) != 1:
        return None
    [row] = mine
    if not answered.acknowledge(connection, alert_id=row.id, contact_id=contact, how="text"):
        return None
    return f"You have it: {row.location}, {row.reference}."
