"""Fields in, a checked request or kind words out.  Pure: no clock, no database, no web."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from contract.directory import Clinic, Location
from leads.body import without_controls
from leads.contact import parse_email, parse_phone
from leads.days import PARTS, day_problem, parse_day
from leads.request import Attribution, Contact, FieldError, Preference, Request

KINDS = ("contact", "appointment", "comment")
LEAD_KINDS = ("contact", "appointment")
REPLY_BY = ("phone", "text", "email")
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
TRAP = "topic_code"
# field -> the most characters it may have, and what people call it
LIMITS = {
    "name": (200, "name"),
    "phone": (60, "phone number"),
    "email": (254, "email address"),
    "message": (2000, "message"),
    "patient_name": (200, "patient's name"),
    "relationship": (60, "answer"),
    "reason": (100, "reason"),
    "practitioner": (100, "choice"),
    "town": (100, "town or ZIP code"),
    "speaks": (60, "language"),
    "location": (100, "location"),
}
SUBMISSION_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
FORM_VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}")
LANGUAGE = re.compile(r"[a-z]{2}")
OWN_PATH = re.compile(r"/(?!/)[A-Za-z0-9/_.~-]{0,300}")


@dataclass
class _Reading:
    """The fields of one form and the errors found in them so far."""

    fields: Mapping[str, str]
    errors: list[FieldError] = field(default_factory=list)

    def text(self, name: str) -> str:
        typed = self.fields.get(name, "")
        most, noun = LIMITS[name]
        value = without_controls(typed)
        if value != typed:
            self.error(name, f"Your {noun} held a character that we cannot keep. Check it")
        if len(value) > most:
            self.error(name, f"Your {noun} must be {most:,} characters or less")
        if name != "message" and "\n" in value:
            value = " ".join(value.split())
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.fields.get(name, "") or default
        if value not in {*allowed, default}:
            self.error(name, "Choose one of the answers offered")
            return default
        return value

    def error(self, name: str, message: str) -> None:
        self.errors.append(FieldError(field=name, message=message))


def parse(
    fields: Mapping[str, str], clinic: Clinic, *, now: datetime
) -> Request | list[FieldError]:
    """`fields` (of a kind in LEAD_KINDS) as a request, or every error in the order of the form."""
    reading = _Reading(fields)
    kind = fields["kind"]
    location = _location(reading, clinic)
    name = reading.text("name")
    if not name:
        reading.error("name", "Enter your full name")
    someone_else, patient_name, relationship = _patient(reading)
    contact = _contact(reading)
    reason, patient, practitioner = _appointment(reading, clinic, kind)
    preferences = _preferences(reading, location, now)
    message = reading.text("message")
    if kind == "contact" and not message:
        reading.error("message", "Enter your message")
    town, speaks = reading.text("town"), reading.text("speaks")
    if reading.errors or location is None:
        return reading.errors
    return Request(
        kind=kind,
        location=location,
        name=name,
        contact=contact,
        message=message,
        for_someone_else=someone_else,
        patient_name=patient_name,
        relationship=relationship,
        reason=reason,
        patient=patient,
        practitioner=practitioner,
        preferences=preferences,
        town=town,
        language=_matching(LANGUAGE, fields.get("language", ""), "en"),
        speaks=speaks,
        consents=tuple(w for w in ("text", "voicemail") if f"consent_{w}" in fields),
        form_version=_matching(FORM_VERSION, fields.get("form", ""), "unknown"),
        attribution=_attribution(fields),
        submission_id=_matching(SUBMISSION_ID, fields.get("submission_id", ""), ""),
        suspicions=("trap",) if fields.get(TRAP) else (),
    )


def _location(reading: _Reading, clinic: Clinic) -> Location | None:
    slug = reading.text("location")
    if slug:
        place = clinic.location(slug)
        if place is None:
            reading.error("location", "Choose one of our locations")
        return place
    if len(clinic.locations) == 1:
        return clinic.locations[0]
    wanted = reading.fields.get("town", "").casefold()
    for place in clinic.locations:
        if wanted and wanted in {town.casefold() for town in (*place.towns, place.city)}:
            return place
    reading.error("location", "Choose a location")
    return None


def _patient(reading: _Reading) -> tuple[bool, str, str]:
    """(for someone else, the patient's name, what the writer is to the patient)."""
    if reading.choice("for", ("me", "someone_else"), "me") == "me":
        return False, "", ""
    name, relationship = reading.text("patient_name"), reading.text("relationship")
    if not name:
        reading.error("patient_name", "Enter the patient's full name")
    if not relationship:
        reading.error("relationship", "Choose what you are to the patient")
    return True, name, relationship


def _contact(reading: _Reading) -> Contact:
    typed_phone, typed_email = reading.text("phone"), reading.text("email")
    default = "phone" if typed_phone or not typed_email else "email"
    reply_by = reading.choice("reply_by", REPLY_BY, default)
    phone = parse_phone(typed_phone) if typed_phone else None
    if typed_phone and phone is None:
        reading.error("phone", "Enter a phone number with area code, like (661) 555-0142")
    elif not typed_phone and reply_by in {"phone", "text"}:
        reading.error("phone", "Enter a phone number where we can reach you")
    email = parse_email(typed_email) if typed_email else None
    if typed_email and email is None:
        reading.error("email", "Enter an email address like name@example.com")
    elif not typed_email and reply_by == "email":
        reading.error("email", "Enter the email address where we can reach you")
    number, extension = phone or ("", "")
    return Contact(
        reply_by=reply_by,
        phone_typed=typed_phone,
        phone=number,
        extension=extension,
        email=email or "",
    )


def _appointment(reading: _Reading, clinic: Clinic, kind: str) -> tuple[str, str, str]:
    """(reason, new or returning, practitioner); all "" for a contact request."""
    if kind != "appointment":
        return "", "", ""
    reason = reading.text("reason")
    if clinic.reasons and reason not in {choice.value for choice in clinic.reasons}:
        reading.error("reason", "Choose a reason for the visit")
    patient = reading.choice("patient", ("new", "returning"), "")
    if not patient and not any(error.field == "patient" for error in reading.errors):
        reading.error("patient", "Choose whether you have been here before")
    practitioner = reading.text("practitioner")
    known = {choice.value for choice in clinic.practitioners}
    if practitioner and practitioner not in known:
        reading.error("practitioner", "Choose one of our practitioners, or no preference")
    return reason, patient, practitioner


def _preferences(
    reading: _Reading, location: Location | None, now: datetime
) -> tuple[Preference, ...]:
    if reading.choice("when", ("asap", "days"), "asap") == "asap":
        return ()
    today = now.astimezone(ZoneInfo(location.zone) if location else now.tzinfo).date()
    preferences = []
    for number in (1, 2, 3):
        name = f"preferred_date_{number}"
        typed = reading.fields.get(name, "")
        part = reading.choice(f"preferred_part_{number}", PARTS, "any")
        if not typed:
            continue
        day = parse_day(typed, today)
        if day is None:
            reading.error(name, "Enter a day like 12/3/2026")
        elif location and (problem := day_problem(location, day, today)):
            reading.error(name, problem)
        else:
            preferences.append(Preference(day=day, part=part))
    if not any(reading.fields.get(f"preferred_date_{number}") for number in (1, 2, 3)):
        reading.error("preferred_date_1", "Enter a day, or choose as soon as possible")
    return tuple(preferences)


def _attribution(fields: Mapping[str, str]) -> Attribution:
    utm = tuple((name, fields[name][:200]) for name in UTM if fields.get(name))
    return Attribution(path=_matching(OWN_PATH, fields.get("from", ""), ""), utm=utm)


def _matching(pattern: re.Pattern[str], value: str, otherwise: str) -> str:
    return value if pattern.fullmatch(value) else otherwise
