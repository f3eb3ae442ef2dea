"""Read a JSON body into the fields that a form has."""

import json
import unicodedata
from typing import Any, NoReturn

from leads import form
from leads.body import MAX_FIELDS
from leads.request import FieldError

# every field of the form, and what it is, as the OpenAPI document and the errors tell it
FIELDS = {
    "kind": "what the request is: contact or appointment",
    "location": "slug of the location; optional where the clinic has one",
    "name": "full name of who writes",
    "phone": "phone number as people type it, extension included",
    "email": "e-mail address",
    "message": "in the patient's own words",
    "for": "me (default) or someone_else",
    "patient_name": "with for=someone_else: the patient's full name",
    "relationship": "with for=someone_else: what the writer is to the patient",
    "reply_by": "phone, text or email: the matching address is required then",
    "reason": "appointment: one of the clinic's reasons",
    "patient": "appointment: new or returning",
    "practitioner": "appointment: one of the clinic's practitioners, or nothing",
    "when": "appointment: asap (default) or days",
    "preferred_date_1": "with when=days: a day like 2026-12-03",
    "preferred_date_2": "a second day",
    "preferred_date_3": "a third day",
    "preferred_part_1": "morning, afternoon, evening or any",
    "preferred_part_2": "of the second day",
    "preferred_part_3": "of the third day",
    "town": "town or ZIP code of the service area; routes when no location was chosen",
    "language": "of the page: en or es",
    "speaks": "language wanted for the call",
    "consent_text": "true: may be texted",
    "consent_voicemail": "true: a voicemail may be left",
    "consent_email": "true: wants a confirmation by e-mail",
    "form": "version of the wording that was shown with the consents",
    "from": "the page that led to the form, as /path/",
    **dict.fromkeys(form.UTM, "at most 200 characters"),
    "submission_id": "8 to 64 signs, the same for every try of one form",
    "took": "seconds from the first key press to sending",
    form.TRAP: "leave it out: only programs that fill every field send it",
}


SURROGATES = range(0xD800, 0xE000)


class NotReadable(Exception):  # noqa: N818 - what the body is
    """The body is no JSON object; the message says why, without repeating any of it."""


def read_json(body: bytes) -> dict[str, str] | list[FieldError]:
    """Field -> text as leads.body.read_fields gives it, or what is wrong with which field.

    true stands for a ticked box; null and false for a field that is not there.  Raises NotReadable.
    """
    raw = _parsed(body)
    if not isinstance(raw, dict):
        raise NotReadable("The body is not a JSON object.")
    if len(raw) > MAX_FIELDS:
        raise NotReadable(f"The request has more than {MAX_FIELDS} fields.")
    errors = [FieldError(field=name[:60], message=why) for name in raw if (why := _why(name, raw))]
    return errors or {name: _text(value) for name, value in raw.items() if value}


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise NotReadable("The body is not UTF-8 text.") from None
    except RecursionError:
        raise NotReadable("The body is nested too deep.") from None
    except ValueError:
        raise NotReadable("The body is not JSON.") from None


def _why(name: str, raw: dict[str, object]) -> str:
    """What is wrong with a field, "" when nothing is."""
    value = raw[name]
    if name not in FIELDS:
        return "There is no such field"
    if isinstance(value, str):
        lone = any(ord(sign) in SURROGATES for sign in value)
        return "This is not text: half of a surrogate pair" if lone else ""
    return "" if value in (None, True, False) else "Must be text, true, false or null"


def _text(value: object) -> str:
    if value is True:
        return "on"
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
    return unicodedata.normalize("NFC", text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotReadable("A field is there twice.")
    return found


def _no_number(_name: str) -> NoReturn:
    raise ValueError
