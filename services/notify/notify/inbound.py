"""A text that came in: who wrote it, what they want, and what is said back.

    stop, start, help   whoever writes; first, so that no other reading of it wins
    a contact           an answer to an alert (notify.replies)
    anybody else        a patient: it goes sealed to leads, and nobody answers by machine

Each text is taken once; the provider that sends it again gets the same answer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.postgresql import insert

from contract.directory import Clinic, Directory
from contract.events import PATIENT_REPLIED, Envelope, PatientReplied
from notify import optout, replies, suppression
from notify.providers.reports import Inbound
from notify.tables import inbound as rows
from notify.tables import outbox as outbox_rows
from notify.tables import sender
from notify.wishes import HELP, START, STOP, in_spanish, is_carriers, wish
from notify.words import gsm_7
from plumbing import outbox
from plumbing.envelopes import seal_part
from plumbing.sealing import KeyRing

YES = {"yes", "si"}  # for a number that gets no texts these mean START, as carriers have it


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What taking a text needs beside the database."""

    keys: KeyRing  # of events
    directory: Directory | None
    operator: str = ""  # an address that hears when a contact opts out


def take(connection: Connection, text: Inbound, desk: Desk) -> str | None:
    """Do what `text` says; the answer to send back, None: none.  In the caller's transaction."""
    row = insert(rows).values(ref=text.ref, provider=text.provider, what="patient")
    if connection.scalar(row.on_conflict_do_nothing().returning(rows.c.ref)) is None:
        return connection.scalar(select(rows.c.answer).where(rows.c.ref == text.ref))
    people = optout.contacts_of(connection, text.number)
    wanted = _wish(connection, text)
    if wanted is not None:
        answer = _do(connection, text, wanted, desk)
        what = wanted
    elif people:
        answer, what = _answered(connection, text, people), "contact"
    else:
        answer, what = None, "patient"
    if not people and wanted != HELP:
        _tell_leads(connection, text, wanted or "text", desk.keys)
    done = update(rows).where(rows.c.ref == text.ref)
    contact_id = people[0].id if people else None
    connection.execute(done.values(what=what, answer=answer, contact_id=contact_id))
    return answer


def _wish(connection: Connection, text: Inbound) -> str | None:
    if text.handled:  # the provider has acted on it already, in its own words or ours
        return text.handled.casefold() if text.handled.casefold() in {STOP, START, HELP} else None
    if text.text.strip(" .!").casefold() in YES and suppression.is_stopped(connection, text.number):
        return START
    return wish(text.text)


def _do(connection: Connection, text: Inbound, wanted: str, desk: Desk) -> str | None:
    """The answer is left to the carrier where it gives one."""
    spanish, us = in_spanish(text.text), _name(connection, text, desk.directory)
    silent = bool(text.handled) or is_carriers(text.text)
    if wanted == STOP:
        optout.stop(
            connection,
            text.number,
            source="text",
            directory=desk.directory,
            operator=desk.operator,
        )
        said = (
            f"No recibirá más mensajes de {us}. Envíe START para recibirlos otra vez."
            if spanish
            else f"You get no more texts from {us}. Send START to get them again."
        )
    elif wanted == START:
        suppression.start(connection, text.number)
        said = (
            f"Recibirá otra vez mensajes de {us}. Envíe STOP para no recibir más."
            if spanish
            else f"You get texts from {us} again. Send STOP to get no more."
        )
    else:
        phone = _phone(connection, text, desk.directory)
        said = (
            f"{us}: mensajes sobre solicitudes.{f' Llame al {phone}.' if phone else ''}"
            " Envíe STOP para no recibir más."
            if spanish
            else f"{us}: texts about requests.{f' Call {phone}.' if phone else ''}"
            " Send STOP to get no more."
        )
        silent = bool(text.handled)
    return None if silent else gsm_7(said)


def _answered(connection: Connection, text: Inbound, people: list[Row[tuple[int]]]) -> str | None:
    """The first of the contacts with this number for whom the text is an answer."""
    for person in people:
        said = replies.take(connection, contact=person.id, text=text.text, now=datetime.now(UTC))
        if said is not None:
            return said
    return None


def _tell_leads(connection: Connection, text: Inbound, what: str, keys: KeyRing) -> None:
    event_id = uuid5(NAMESPACE_URL, f"text:{text.provider}:{text.ref}")
    now = datetime.now(UTC)
    said = PatientReplied(
        message_id=text.ref, clinic=_clinic_of(connection, text.to), at=now.isoformat(), what=what
    )
    sealed = seal_part(keys, event_id, {"from": text.number, "text": text.text})
    envelope = Envelope(
        id=event_id, name=PATIENT_REPLIED, at=now, data=said.to_json(), sealed=sealed
    )
    outbox.add(connection, outbox_rows, envelope)


def _clinic_of(connection: Connection, number: str) -> str:
    """The clinic whose own number was written to; "": a number that several share."""
    found = connection.scalars(select(sender.c.clinic).where(sender.c.sms_from == number)).all()
    return found[0] if len(found) == 1 else ""


def _known(connection: Connection, text: Inbound, directory: Directory | None) -> Clinic | None:
    slug = _clinic_of(connection, text.to)
    if not slug and (people := optout.contacts_of(connection, text.number)):
        slug = people[0].clinic
    return directory.clinic(slug) if directory and slug else None


def _name(connection: Connection, text: Inbound, directory: Directory | None) -> str:
    clinic = _known(connection, text, directory)
    return clinic.name if clinic else "this number"


def _phone(connection: Connection, text: Inbound, directory: Directory | None) -> str:
    clinic = _known(connection, text, directory)
    return clinic.phone_display if clinic else ""
