"""Fields in, a checked request or kind words out.  Pure: no clock, no database, no web."""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from contract.directory import Clinic, Location
from leads.contact import parse_email, parse_phone
from leads.days import PARTS, day_problem, parse_day
from leads.places import route
from leads.reading import Reading
from leads.request import Attribution, Contact, FieldError, Preference, Request
from plumbing.words import Words, later, words_of

KINDS = ("contact", "appointment", "comment")
LEAD_KINDS = ("contact", "appointment")
REPLY_BY = ("phone", "text", "email")
CONSENTS = ("text", "voicemail", "email")
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
CLICK_IDS = ("gclid", "fbclid", "msclkid")  # kept only where the clinic has switched them on
LONGEST_ATTRIBUTION = 200
TRAP = "topic_code"
SUBMISSION_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
FORM_VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}")
OWN_PATH = re.compile(r"/(?!/)[A-Za-z0-9/_.~-]{0,300}")


def words_for(fields: Mapping[str, str], clinic: Clinic) -> Words:
    """The language of the page that was sent, where the clinic has pages in it."""
    language = fields.get("language", "")
    return words_of("leads", language if language in clinic.languages else clinic.languages[0])


def parse(
    fields: Mapping[str, str], clinic: Clinic, *, now: datetime
) -> Request | list[FieldError]:
    """`fields` (of a kind in LEAD_KINDS) as a request, or every error in the order of the form."""
    reading = Reading(fields, words_for(fields, clinic))
    kind = fields["kind"]
    routed = route(reading, clinic)
    location = routed.location if routed else None
    reason, patient, practitioner = _appointment(reading, clinic, kind)
    preferences = _preferences(reading, location, now) if kind == "appointment" else ()
    name = reading.text("name")
    if not name:
        reading.error("name", later("Enter your full name"))
    contact = _contact(reading)
    message = reading.text("message")
    if kind == "contact" and not message:
        reading.error("message", later("Enter your message"))
    someone_else, patient_name, relationship = _patient(reading)
    speaks = reading.text("speaks")
    if reading.errors or routed is None:
        return reading.errors
    return Request(
        kind=kind,
        location=routed.location,
        routed_by=routed.by,
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
        town=reading.text("town"),
        language=reading.words.language,
        speaks=speaks,
        consents=tuple(what for what in CONSENTS if f"consent_{what}" in fields),
        form_version=reading.matching("form", FORM_VERSION, "unknown"),
        attribution=_attribution(reading, clinic),
        submission_id=reading.matching("submission_id", SUBMISSION_ID, ""),
        suspicions=("trap",) if fields.get(TRAP) else (),
    )


def _patient(reading: Reading) -> tuple[bool, str, str]:
    """(for someone else, the patient's name, what the writer is to the patient)."""
    if reading.choice("for", ("me", "someone_else"), "me") == "me":
        return False, "", ""
    name, relationship = reading.text("patient_name"), reading.text("relationship")
    if not name:
        reading.error("patient_name", later("Enter the patient's full name"))
    if not relationship:
        reading.error("relationship", later("Choose what you are to the patient"))
    return True, name, relationship


def _contact(reading: Reading) -> Contact:
    typed_phone, typed_email = reading.text("phone"), reading.text("email")
    default = "phone" if typed_phone or not typed_email else "email"
    reply_by = reading.choice("reply_by", REPLY_BY, default)
    phone = parse_phone(typed_phone) if typed_phone else None
    if typed_phone and phone is None:
        reading.error("phone", later("Enter a phone number with area code, like (661) 555-0142"))
    elif not typed_phone and reply_by in {"phone", "text"}:
        reading.error("phone", later("Enter a phone number where we can reach you"))
    email = parse_email(typed_email) if typed_email else None
    if typed_email and email is None:
        reading.error("email", later("Enter an email address like name@example.com"))
    elif not typed_email and reply_by == "email":
        reading.error("email", later("Enter the email address where we can reach you"))
    number, extension = phone or ("", "")
    return Contact(
        reply_by=reply_by,
        phone_typed=typed_phone,
        phone=number,
        extension=extension,
        email=email or "",
    )


def _appointment(reading: Reading, clinic: Clinic, kind: str) -> tuple[str, str, str]:
    """(reason, new or returning, practitioner); all "" for a contact request."""
    if kind != "appointment":
        return "", "", ""
    reason = reading.text("reason")
    if clinic.reasons and reason not in {choice.value for choice in clinic.reasons}:
        reading.error("reason", later("Choose a reason for the visit"))
    patient = reading.choice("patient", ("new", "returning"), "")
    if not patient:
        reading.error("patient", later("Choose whether you have been here before"))
    practitioner = reading.text("practitioner")
    known = {choice.value for choice in clinic.practitioners}
    if practitioner and practitioner not in known:
        reading.error("practitioner", later("Choose one of our practitioners, or no preference"))
    return reason, patient, practitioner


def _preferences(
    reading: Reading, location: Location | None, now: datetime
) -> tuple[Preference, ...]:
    if reading.choice("when", ("asap", "days"), "asap") == "asap":
        return ()
    here = now.astimezone(ZoneInfo(location.zone) if location else now.tzinfo)
    preferences: list[Preference] = []
    for number in (1, 2, 3):
        name = f"preferred_date_{number}"
        typed = reading.text(name)
        part = reading.choice(f"preferred_part_{number}", ("any", *PARTS), "any")
        if not typed:
            continue
        day = parse_day(typed, here.date())
        if day is None:
            reading.error(name, later("Enter a day like 12/3/2026"))
        elif location and (problem := day_problem(reading.words, location, day, part, here)):
            reading.problem(name, problem)
        elif (wish := Preference(day=day, part=part)) not in preferences:
            preferences.append(wish)
    if not any(reading.fields.get(f"preferred_date_{number}") for number in (1, 2, 3)):
        reading.error("preferred_date_1", later("Enter a day, or choose as soon as possible"))
    return tuple(preferences)


def _attribution(reading: Reading, clinic: Clinic) -> Attribution:
    kept = (*UTM, *CLICK_IDS) if clinic.click_ids else UTM
    return Attribution(
        path=reading.matching("from", OWN_PATH, ""),
        utm=tuple(
            (name, reading.fields[name][:LONGEST_ATTRIBUTION])
            for name in kept
            if reading.fields.get(name)
        ),
    )
