"""What a contact answers by text: "4" I have it, "4N" not mine, "4Y" reached.

Each open alert of a phone has its own number.  What is not understood gets one help text, then
silence until something is.  A number that is another phone's changes nothing.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, or_, select, update

from notify import answered
from notify.numbers import in_use
from notify.states import SETTLED, TAKEN
from notify.tables import alert, reply_number
from notify.tables import contact as contacts
from notify.words import gsm_7, spaced

TAKE, DECLINE, REACHED = "take", "decline", "reached"
NUMBERED = re.compile(r"0*([1-9][0-9]?) ?(.*)")
WORDS = {
    TAKE: {"", "ok", "okay", "yes", "i have it", "have it", "got it", "mine", "i got it", "taken"},
    DECLINE: {"n", "no", "not mine", "not me", "pass"},
    REACHED: {"y", "reached", "done", "called"},
}
MEANT = {word: meant for meant, words in WORDS.items() for word in words}
ALONE = MEANT | {"y": TAKE}  # without a number "y" is a yes
HELP_AGAIN_AFTER = timedelta(hours=24)
SHOWN = 3


def take(connection: Connection, *, contact: int, text: str, now: datetime) -> str | None:
    """Do what `text` of the contact with this id says; the text to send back, None: nothing.

    In the caller's transaction, which also absorbs a second copy of the same text.
    """
    mine = _mine(connection, contact, now)
    said = re.sub(r"[\W_]+", " ", text).strip().casefold()
    chosen, meant = _understood(said, mine)
    if meant is None:
        return _help(connection, contact, mine, now)
    connection.execute(update(contacts).where(_same_phone(contact)).values(helped_at=None))
    if chosen is None:
        return _unknown(mine)
    return _do(connection, chosen, meant, now)


def _understood(said: str, mine: Sequence[Row[Any]]) -> tuple[Row[Any] | None, str | None]:
    """The alert and what is said of it; (None, None): nothing that can be understood."""
    if found := NUMBERED.fullmatch(said):
        number, word = int(found[1]), found[2].strip()
        return next((row for row in mine if row.number == number), None), MEANT.get(word)
    if not said or said not in ALONE:
        return None, None
    waiting = [row for row in mine if row.state != SETTLED]
    return (waiting[0], ALONE[said]) if len(waiting) == 1 else (None, None)


def _do(connection: Connection, row: Row[Any], meant: str, now: datetime) -> str:
    which = f"{gsm_7(row.location_name)[:40]}, {spaced(row.reference)}"
    values: dict[str, Any] = {"alert_id": row.id, "contact_id": row.contact_id, "how": "text"}
    n = row.number
    if meant == REACHED and answered.reached(connection, **values, now=now):
        return f"{which}: done, the patient was reached. Thank you."
    if meant == DECLINE and answered.decline(connection, **values, now=now):
        return f"{which}: noted, not yours. The next contact is told now."
    if meant == TAKE and answered.acknowledge(connection, **values, now=now):
        return f"You have it: {which}. When the patient is reached: {n}Y. Not yours: {n}N"
    return _too_late(connection, row, which)


def _too_late(connection: Connection, row: Row[Any], which: str) -> str:
    """Somebody was first: who, and since when."""
    stands = connection.execute(select(alert).where(alert.c.id == row.id)).one()
    if stands.state == SETTLED:
        return f"{which}: this request is done. Nothing is left for you to do."
    if stands.state == TAKEN and stands.taken_contact_id == row.contact_id:
        return f"You have it: {which}. When the patient is reached: {row.number}Y"
    since = stands.taken_at.astimezone(ZoneInfo(stands.zone)) if stands.taken_at else None
    at = f" since {since:%a %-I:%M %p}" if since else ""
    who = gsm_7(stands.taken_by or "somebody at the clinic")[:40]
    return f"{which}: {who} has it{at}. Nothing is left for you to do."


def _help(
    connection: Connection, contact: int, mine: Sequence[Row[Any]], now: datetime
) -> str | None:
    """Once; then silence, until something is understood or a day has passed."""
    helped = connection.scalar(select(func.max(contacts.c.helped_at)).where(_same_phone(contact)))
    if helped is not None and now - helped < HELP_AGAIN_AFTER:
        return None
    connection.execute(update(contacts).where(contacts.c.id == contact).values(helped_at=now))
    waiting = [row for row in mine if row.state != SETTLED]
    if not waiting:
        return "This number takes answers to alerts. No request waits for you now."
    n = waiting[0].number
    return (
        f"Not understood. Reply with a request's number: {n} = I have it, {n}N = not mine,"
        f" {n}Y = reached. Waiting: {_list(waiting)}"
    )


def _unknown(mine: Sequence[Row[Any]]) -> str:
    waiting = [row for row in mine if row.state != SETTLED]
    if not waiting:
        return "No request of that number waits for you. None does now."
    return f"No request of that number waits for you. Waiting: {_list(waiting)}"


def _list(waiting: Sequence[Row[Any]]) -> str:
    """The first few, so that the text stays one segment."""
    named = [f"{row.number} {spaced(row.reference)}" for row in waiting[:SHOWN]]
    more = len(waiting) - SHOWN
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _mine(connection: Connection, contact: int, now: datetime) -> Sequence[Row[Any]]:
    """The alerts that have a number at this contact's phone, in its order."""
    return connection.execute(
        select(alert, reply_number.c.number, reply_number.c.contact_id)
        .join(reply_number, reply_number.c.alert_id == alert.c.id)
        .join(contacts, contacts.c.id == reply_number.c.contact_id)
        .where(_same_phone(contact), contacts.c.clinic == alert.c.clinic)
        .where(in_use(now))
        .order_by(reply_number.c.number)
    ).all()


def _same_phone(contact: int) -> Any:
    """One phone may belong to a contact of several clinics."""
    phone = select(contacts.c.sms).where(contacts.c.id == contact).scalar_subquery()
    return contacts.c.removed_at.is_(None) & or_(contacts.c.id == contact, contacts.c.sms == phone)
