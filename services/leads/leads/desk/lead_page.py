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


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPage:
    line: Line
    reference: str
    about: str  # "Leo (parent)" when the writer asks for somebody else
    reach: Reach
    message: str
    facts: list[tuple[str, str]]
    days: list[str]
    suspicious: bool
    story: list[Told]
    related: list[tuple[UUID, str, Moment]]


def lead_page(scope: Scope, glance: Glance, row: Row) -> LeadPage:
    clinic, location = glance.where(row)
    zone = location.zone if location else "UTC"
    contact: dict[str, Any] = glance.open(row, "contact") or {}
    words: dict[str, Any] = glance.open(row, "words") or {}
    return LeadPage(
        line=glance.line(row),
        reference=row["reference"],
        about=_about(words),
        reach=_reach(contact, book.consents(scope, row["id"])),
        message=words.get("message", ""),
        facts=_facts(row, words, clinic),
        days=[_day(day, part) for day, part in words.get("preferences", [])],
        suspicious=bool(row["suspicions"]),
        story=[_told(event, zone, glance.now) for event in book.story(scope, row["id"])],
        related=[
            (other["id"], other["reference"], times.moment(other["received_at"], zone, glance.now))
            for other in book.related(scope, row)
        ],
    )


def _about(words: dict[str, Any]) -> str:
    patient, relationship = words.get("patient_name", ""), words.get("relationship", "")
    return f"{patient} ({relationship})" if patient else ""


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


def _told(event: Row, zone: str, now: datetime) -> Told:
    detail = event["detail"]
    said_at = detail.get("at")
    at = datetime.fromisoformat(said_at) if said_at else event["at"]
    return Told(at=times.moment(at, zone, now), words=_words(event["what"], detail))


def _words(what: str, detail: dict[str, Any]) -> str:
    """One event as a sentence.  `detail` holds names of staff and of alert contacts alone."""
    by, contact = detail.get("by", ""), detail.get("contact", "")
    channel = CHANNELS.get(detail.get("channel", ""), "")
    if what == "received":
        return "Request received"
    if what == "alert told":
        return f"{contact or 'The clinic'} was told {channel}".strip()
    if what == "alert failed":
        reason = detail.get("reason", "")
        return f"{contact or 'The clinic'} could not be told {channel}".strip() + (
            f": {reason}" if reason else ""
        )
    if what == "alert opened":
        return "The alert began"
    if what == "alert acknowledged":
        return f"{contact or 'Somebody'} is calling this patient (answered the alert)"
    return f"{by} {MOVED[what]}" if by and what in MOVED else what.capitalize()


MOVED = {
    "taken": "is calling this patient",
    "taken over": "took over",
    "reached": "reached the patient",
    "left a message": "left a message",
    "booked": "booked a visit",
    "closed": "closed this request",
    "opened again": "opened it again",
}
