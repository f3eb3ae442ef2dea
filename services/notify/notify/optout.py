"""A number wants no more texts: what was queued stays unsent, the chain goes on, somebody is told.

One STOP must not silence a clinic.  A contact with an e-mail address is told by mail from now on,
one without is passed over, and everybody else who is told for the same clinic gets a mail.
"""

import logging
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, select

from contract.directory import Directory
from notify import messages, results, steps, suppression
from notify.lookup import find
from notify.messages import Seen
from notify.paper import Note, set_letter
from notify.records import note
from notify.states import STILL_OPEN
from notify.tables import alert, contact, message, route, step
from notify.words import Letterhead, Worded, letterhead

logger = logging.getLogger(__name__)

REASON = "the recipient has opted out of texts by answering STOP"


def stop(
    connection: Connection,
    number: str,
    *,
    source: str,
    directory: Directory | None = None,
    operator: str = "",
) -> bool:
    """Put `number` on the list, with all that follows; False: it was there before.

    `operator`: an address that hears of each contact, too; a clinic may have no other.
    """
    if not suppression.stop(connection, number, source=source):
        return False
    waiting = connection.scalars(
        select(message.c.id).where(
            message.c.channel == "sms",
            message.c.address == number,
            message.c.state.in_([messages.QUEUED, messages.UNKNOWN]),
        )
    ).all()
    for message_id in waiting:
        suppress(connection, find(connection, message_id))
    for person in contacts_of(connection, number):
        _raise_alarm(connection, person, directory, operator)
        if not person.email:
            _pass_over(connection, person.id)
    return True


def suppress(connection: Connection, seen: Seen) -> None:
    """The message is not sent, and leads hears why."""
    results.suppressed(connection, seen, REASON)
    if seen.alert_id is not None:
        same = select(message.c.contact_id).where(message.c.id == seen.outgoing.id)
        told_by_mail = exists().where(
            message.c.alert_id == seen.alert_id,
            message.c.channel == "email",
            message.c.contact_id == same.scalar_subquery(),
        )
        if not connection.scalar(select(told_by_mail)):
            _next_in_chain(connection, alert.c.id == seen.alert_id)


def contacts_of(connection: Connection, number: str) -> list[Row[Any]]:
    """Everybody who is texted under `number`, at whichever clinic."""
    return list(
        connection.execute(
            select(contact)
            .where(contact.c.sms == number, contact.c.removed_at.is_(None))
            .order_by(contact.c.id)
        )
    )


def _raise_alarm(
    connection: Connection, person: Row[Any], directory: Directory | None, operator: str
) -> None:
    known = directory.clinic(person.clinic) if directory else None
    head = letterhead(known)
    clinic = head.clinic or person.clinic
    how = (
        f"Alerts reach {person.name} by e-mail only from now on."
        if person.email
        else f"{person.name} has no e-mail address in the alerts file, so alerts pass "
        f"{person.name} over and go to the next contact."
    )
    lines = (
        f"{person.name} answered STOP to the alerts by text of {clinic}.",
        how,
        f"{person.name} gets texts again after sending START to the number they came from.",
    )
    subject = f"{person.name} gets no more texts · {clinic}"
    others = {other.email: other.id for other in _told_beside(connection, person)}
    told: dict[str, int | None] = {operator: None} if operator else {}
    for address, contact_id in (told | others).items():
        letter = _letter(subject, lines, head)
        _mail(connection, person.clinic, contact_id, address, letter)
    if person.email:
        lines = (
            f"You answered STOP to the alerts by text of {clinic}.",
            "Alerts come to this address only from now on.",
            "To get texts again, send START to the number that they came from.",
        )
        mine = f"You get no more texts · {clinic}"
        letter = _letter(mine, lines, head)
        _mail(connection, person.clinic, person.id, person.email, letter)
    detail = {"contact": person.key, "by_mail": bool(person.email)}
    note(connection, "contact opted out", clinic=person.clinic, detail=detail)
    logger.error("a contact opted out of texts", extra={"clinic": person.clinic})


def _told_beside(connection: Connection, person: Row[Any]) -> list[Row[Any]]:
    """The other contacts of the clinic that have an e-mail address."""
    others = (
        select(contact)
        .where(
            contact.c.clinic == person.clinic,
            contact.c.id != person.id,
            contact.c.removed_at.is_(None),
            contact.c.email.is_not(None),
            contact.c.id.in_(select(route.c.contact_id)),
        )
        .order_by(contact.c.id)
    )
    return list(connection.execute(others))


def _letter(subject: str, lines: tuple[str, ...], head: Letterhead) -> Worded:
    heading = subject.removesuffix(f" · {head.clinic}")
    return set_letter(Note(subject=subject, heading=heading, lines=lines), head=head)


def _mail(
    connection: Connection, clinic: str, contact_id: int | None, address: str, letter: Worded
) -> None:
    messages.add(
        connection,
        clinic=clinic,
        step=None,
        contact_id=contact_id,
        channel="email",
        address=address,
        kind="staff",
        worded=letter,
    )


def _pass_over(connection: Connection, contact_id: int) -> None:
    """Open alerts that only this contact was told of, by text, go to the next one now."""
    told = select(message.c.alert_id).where(
        message.c.contact_id == contact_id, message.c.channel == "sms"
    )
    _next_in_chain(connection, alert.c.id.in_(told))


def _next_in_chain(connection: Connection, which: ColumnElement[bool]) -> None:
    """The next step of these alerts, if they are open and have one, is due now."""
    still_open = select(alert.c.id).where(which, alert.c.state.in_(STILL_OPEN))
    steps.next_now(connection, step.c.alert_id.in_(still_open))
