"""What was typed about a contact, checked by the rules of the alerts file and in its words."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, time

from notify import phones
from notify.alertbook import Absence, Quiet
from notify.alertfile import ADDRESS, CLOCK, LANGUAGE
from notify.desk.job import Job, Refused
from notify.providers.accounts import PUBLIC_ADDRESS

LONGEST_NAME = 80
LONGEST_ADDRESS = 254  # RFC 5321 4.5.3.1.3, without the brackets
MOST_LANGUAGES = 5
MOST_QUIET = 5
MOST_ABSENCES = 20
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def name(job: Job) -> str:
    """Raises Refused, as all here."""
    typed = job.typed("name")
    if not typed or CONTROL.search(typed):
        raise Refused(("name", "Add a name"))
    if len(typed) > LONGEST_NAME:
        raise Refused(("name", f"The name has {len(typed)} letters: {LONGEST_NAME} at most"))
    return typed


def email(job: Job) -> str:
    """ "": none."""
    typed = job.typed("email")
    if typed and not (PUBLIC_ADDRESS.fullmatch(typed) and len(typed) <= LONGEST_ADDRESS):
        raise Refused(("email", f"The email must be {ADDRESS}"))
    return typed


def phone(job: Job) -> str:
    """E.164; "": none."""
    typed = job.typed("phone")
    number = phones.e164(typed) if typed else ""
    if number and (wrong := phones.why_not(number)):
        raise Refused(("phone", f"The phone number {wrong}"))
    return number


def speaks(job: Job) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(job.typed("speaks").split()))
    if len(codes) > MOST_LANGUAGES or not all(LANGUAGE.fullmatch(code) for code in codes):
        raise Refused(("speaks", f"Choose up to {MOST_LANGUAGES} languages"))
    return codes


def quiet(job: Job) -> tuple[Quiet, ...]:
    spans = [(job.typed(f"quiet_from_{n}"), job.typed(f"quiet_to_{n}")) for n in range(MOST_QUIET)]
    return tuple(_quiet(*span) for span in spans if any(span))


def _quiet(starts: str, ends: str) -> Quiet:
    if not (CLOCK.fullmatch(starts) and CLOCK.fullmatch(ends)):
        raise Refused(("quiet", "Give both times, such as 9:00 pm and 7:00 am"))
    if starts == ends:
        raise Refused(("quiet", "A whole day is none: leave the phone number out instead"))
    return Quiet(starts=time.fromisoformat(starts), ends=time.fromisoformat(ends))


def absence(job: Job, today: date) -> Absence:
    first = _day(job, "first") if job.typed("first") else today
    last, cover = _day(job, "last"), job.typed("cover")
    if last < first:
        raise Refused(("last", f"The last day ({last}) is before the first ({first}): correct one"))
    if last < today:
        raise Refused(("last", f"The last day ({last}) has passed: choose a later one"))
    if cover == job.asked.contact:
        raise Refused(("cover", "Nobody covers for themselves: name somebody else"))
    if cover and cover not in job.routing.people:
        raise Refused(("cover", "This contact is not there any more: name somebody else"))
    if len(job.person().off) >= MOST_ABSENCES:
        raise Refused(("last", f"{MOST_ABSENCES} absences are planned: take one back first"))
    return Absence(first=first, last=last, cover=cover)


def _day(job: Job, field: str) -> date:
    try:
        return date.fromisoformat(job.typed(field))
    except ValueError:
        raise Refused((field, "Choose a day")) from None


def key_for(typed: str, taken: Mapping[str, object]) -> str:
    """A key for a new contact that none of the clinic has had: "rosa", "rosa-2", …"""
    return next(key for key in _keys(typed) if key not in taken)


def _keys(typed: str) -> Iterator[str]:
    first = re.split(r"[,\s]", typed, maxsplit=1)[0].casefold()
    plain = re.sub(r"[^a-z0-9]+", "-", first).strip("-") or "contact"
    yield plain
    n = 1
    while True:
        n += 1
        yield f"{plain}-{n}"
