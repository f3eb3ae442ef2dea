"""One lead as its page shows it: whom to call, what was agreed and written, what happened."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contract.directory import Choice, Clinic
from leads.desk import book, times
from leads.desk.book import Row
from leads.desk.show import Glance, Line
from leads.desk.times import Moment
from leads.scope import Scope

REPLY_BY = {"phone": "a call", "text": "a text message", "email": "an email"}
PARTS = {"any": "any time", "morning": "morning", "afternoon": "afternoon", "evening": "evening"}
CHANNELS = {"email": "by email", "sms": "by text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How to reach the writer.  `first`: the way that was asked for, shown big."""

    tel: str
    phone: str
    email: str
    first: str  # phone, email
    wanted: str
    text_ok: bool
    voicemail_ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of the story."""

    at: Moment
    words: str
    note: str  # what a member of staff wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPage:
    line: Line
    reference: str
    reach: Reach
    message: str
    facts: list[tuple[str, str]]
    days: list[str]
    suspicious: bool
    story: list[Told]
    related: list[tuple[UUID, str, Moment]]
    booked_for: Moment | None


def lead_page(scope: Scope, glance: Glance, row: Row) -> LeadPage:
    clinic, location = glance.where(row)
    zone = location.zone if location else "UTC"
    contact: dict[str, Any] = glance.open(row, "contact") or {}
    words: dict[str, Any] = glance.open(row, "words") or {}
    return LeadPage(
        line=glance.line(row),
        reference=row["reference"],
        reach=_reach(contact, book.consents(scope, row["id"])),
        message=words.get("message", ""),
        facts=_facts(row, words, clinic),
        days=[_day(day, part) for day, part in words.get("preferences", [])],
        suspicious=bool(row["suspicions"]),
        story=[_told(glance, event, zone) for event in book.story(scope, row["id"])],
        related=[
            (other["id"], other["reference"], times.moment(other["received_at"], zone, glance.now))
            for other in book.related(scope, row)
        ],
        booked_for=times.moment(row["booked_for"], zone, glance.now) if row["booked_for"] else None,
    )


def _reach(contact: dict[str, Any], consents: frozenset[str]) -> Reach:
    extension = contact.get("extension", "")
    phone, email = contact.get("phone", ""), contact.get("email", "")
    wanted = contact.get("reply_by", "phone")
    return Reach(
        tel=phone + (f";ext={extension}" if extension else ""),
        phone=contact.get("phone_typed", ""),
        email=email,
        first="email" if email and (wanted == "email" or not phone) else "phone",
        wanted=REPLY_BY.get(wanted, wanted),
        text_ok="text" in consents,
        voicemail_ok="voicemail" in consents,
    )


def _facts(row: Row, words: dict[str, Any], clinic: Clinic | None) -> list[tuple[str, str]]:
    """What else is known, in the order of use; empty answers are left out."""
    source = row["attribution"]
    facts = [
        ("Reason", _label(clinic.reasons if clinic else (), words.get("reason", ""))),
        (
            "Been here before",
            {"new": "No, new patient", "returning": "Yes"}.get(words.get("patient", ""), ""),
        ),
        (
            "Practitioner",
            _label(clinic.practitioners if clinic else (), words.get("practitioner", "")),
        ),
        ("Wants to speak", words.get("speaks", "")),
        ("Town or ZIP", words.get("town", "")),
        ("Came from the page", source.get("path", "")),
        ("Campaign", ", ".join(v for k, v in sorted(source.items()) if k.startswith("utm_"))),
    ]
    return [(name, value) for name, value in facts if value]


def _label(choices: tuple[Choice, ...], value: str) -> str:
    return next((choice.label for choice in choices if choice.value == value), value)


def _day(day: str, part: str) -> str:
    spoken = date.fromisoformat(day)
    return f"{spoken:%A, %B} {spoken.day}, {PARTS.get(part, part)}"


def _told(glance: Glance, event: Row, zone: str) -> Told:
    detail = event["detail"]
    said_at = detail.get("at")
    at = datetime.fromisoformat(said_at) if said_at else event["at"]
    moment = detail.get("moment")
    said = _words(event["what"], detail)
    if moment:
        for_when = times.moment(datetime.fromisoformat(moment), zone, glance.now)
        said = f"{said}, for {for_when.short}"
    return Told(at=times.moment(at, zone, glance.now), words=said, note=glance.open_note(event))


def _words(what: str, detail: dict[str, Any]) -> str:
    """One event as a sentence.  `detail` holds names of staff and of alert contacts alone."""
    by, contact = detail.get("by", ""), detail.get("contact", "")
    channel = CHANNELS.get(detail.get("channel", ""), "")
    if what.startswith("patient sent "):
        return SENT.get(what.removeprefix("patient sent "), "The patient texted")
    if what == "received":
        return "Request received"
    if what.startswith("alert "):
        return _alert_words(what.removeprefix("alert "), contact, channel, detail.get("reason", ""))
    if by and what in MOVED:
        return f"{by} {MOVED[what]}"
    return BY_ITSELF.get(what, what.capitalize())


def _alert_words(what: str, contact: str, channel: str, reason: str) -> str:
    who = contact or "The clinic"
    said = {
        "opened": "The alert began",
        "told": f"{who} was told {channel}".strip(),
        "failed": f"{who} could not be told {channel}".strip(),
        "acknowledged": f"{contact or 'Somebody'} is calling this patient (answered the alert)",
        "reminded": f"{who} was reminded {channel}".strip(),
        "escalated": f"Nobody had answered: {who} is next",
        "missed": "Nobody answered the alert",
        "settled": f"{contact} reached the patient" if contact else "The alert is settled",
        "noted": "The alert",
    }.get(what, f"Alert {what}")
    return f"{said}: {reason}" if reason else said


SENT = {
    "text": "The patient texted",
    "stop": "The patient asked for no more texts",
    "start": "The patient wants texts again",
}
MOVED = {
    "taken": "is calling this patient",
    "taken over": "took over",
    "reached": "reached the patient",
    "left a message": "left a message",
    "booked": "booked a visit",
    "closed": "closed this request",
    "passed on": "passed it on: nobody has it now",
    "to call again": "will call again",
    "undone": "took the last step back",
    "note": "wrote a note",
    "opened again": "opened it again",
    "spam": "called it spam",
    "released": "told the team",
}
BY_ITSELF = {"spam": "Called spam", "released": "Went to the team"}
