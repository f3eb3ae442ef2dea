"""Alert settings in words: who is told at a location, and who would be told at a moment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import phonenumbers

from contract.alert_settings import ContactShown, PolicyShown, Shown
from contract.directory import Location

LANGUAGES = {"en": "English", "es": "Spanish"}
AFTER_HOURS = {
    "now": "While closed the first contact is told at once, at any hour.",
    "hold": "While closed nobody is told; at opening each gets one message about all that waits.",
    "email_now": "While closed an email goes out at once, the text at opening.",
    "on_call": "While closed the contacts on call are told.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One contact as the list shows it.  `off`: absences that are not over."""

    contact: ContactShown
    email: str
    phone: str
    speaks: str  # "English and Spanish"; "": not said
    quiet: tuple[str, ...]
    off: tuple[str, ...]
    off_today: bool


def line(contact: ContactShown, shown: Shown, location: Location, now: datetime) -> Line:
    today = now.astimezone(ZoneInfo(location.zone)).date()
    absences = [one for one in contact.off if date.fromisoformat(one[1]) >= today]
    return Line(
        contact=contact,
        email=contact.email,
        phone=display(contact.sms),
        speaks=" and ".join(LANGUAGES.get(one, one) for one in contact.speaks),
        quiet=tuple(f"{_clock(starts)} to {_clock(ends)}" for starts, ends in contact.quiet),
        off=tuple(_absence(one, shown, today) for one in absences),
        off_today=any(date.fromisoformat(first) <= today for first, _, _ in absences),
    )


def lines(keys: tuple[str, ...], shown: Shown, location: Location, now: datetime) -> list[Line]:
    """The contacts of `keys`, in their order."""
    found = (shown.contact(key) for key in keys)
    return [line(contact, shown, location, now) for contact in found if contact]


def others(shown: Shown, location: Location, now: datetime) -> list[Line]:
    """The contacts of the clinic that are not told here."""
    here = {*shown.tell, *shown.on_call}
    rest = (contact for contact in shown.contacts if contact.key not in here)
    return [line(contact, shown, location, now) for contact in rest]


def policy_words(policy: PolicyShown) -> Iterator[str]:
    yield AFTER_HOURS.get(policy.after_hours, "")
    yield f"Without an answer the next contact is told after {policy.next_after} open minutes."
    yield (
        f"Whoever has it and says no outcome is reminded after {policy.remind_after} open minutes;"
        f" after a message was left, after {policy.call_again_after}."
    )


def way_words(channel: str, address: str, configured: bool) -> str:  # noqa: FBT001 - of a tuple
    said = f"text {display(address)}" if channel == "sms" else f"email {address}"
    return said if configured else f"{said} (no provider is configured)"


def display(e164: str) -> str:
    """ "(559) 555-0161"; "" stays ""."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    form = phonenumbers.PhoneNumberFormat
    home = number.country_code == 1
    return phonenumbers.format_number(number, form.NATIONAL if home else form.INTERNATIONAL)


def _absence(absence: tuple[str, str, str], shown: Shown, today: date) -> str:
    first, last = date.fromisoformat(absence[0]), date.fromisoformat(absence[1])
    cover = shown.contact(absence[2])
    who = f"{cover.name} covers" if cover else "nobody covers"
    if first <= today:
        return f"Off through {day(last)}, {who}"
    return (
        f"Off {day(first)} to {day(last)}, {who}" if first != last else f"Off {day(first)}, {who}"
    )


def day(on: date) -> str:
    return f"{on:%A, %B} {on.day}"


def _clock(text: str) -> str:
    at = time.fromisoformat(text)
    return f"{at.hour % 12 or 12}:{at:%M} {'am' if at.hour < 12 else 'pm'}"  # noqa: PLR2004
