"""What a patient asks for, once it has been checked."""

from dataclasses import dataclass
from datetime import date

from contract.directory import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """A day, and the part of it: morning, afternoon, evening or any."""

    day: date
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to reach the writer.  `phone_typed` is what is shown, `phone` (E.164) what is dialed."""

    reply_by: str  # phone, text, email
    phone_typed: str
    phone: str
    extension: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Where the request came from.  `path`: the page on our own host that led to the form."""

    path: str
    utm: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A checked contact or appointment request."""

    kind: str
    location: Location
    name: str
    contact: Contact
    routed_by: str  # why this location: only, choice, town, default
    message: str
    for_someone_else: bool
    patient_name: str
    relationship: str
    reason: str
    patient: str  # new, returning or ""
    practitioner: str
    preferences: tuple[Preference, ...]  # () is "as soon as possible"
    town: str
    language: str
    speaks: str
    consents: tuple[str, ...]  # of: text, voicemail, email
    form_version: str
    attribution: Attribution
    submission_id: str
    suspicions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one field and what to do, in the patient's words."""

    field: str
    message: str
