"""Alert settings in words: who is told at a location, and who would be told at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import phonenumbers

from contract.alert_settings import ContactShown, Shown
from contract.directory import Location
from leads.desk import times
from leads.desk.times import Moment

LANGUAGES = {"en": "English", "es": "Spanish"}
WAYS = {"sms": "text", "email": "email"}
AFTER_HOURS = {
    "now": "While closed the first contact is told at once, at any hour.",
    "hold": "While closed nobody is told; at opening each gets one message about all that waits.",
    "email_now": "While closed an email goes out at once, the text at opening.",
    "on_call": "While closed the contacts on call are told.",
}
NOON = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Days off.  `first`, `last`: ISO dates, as they are taken back by."""

    first: str
    last: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """The last test on one channel.  `badge`: how it looks."""

    words: str
    at: Moment
    badge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """A new address that is not confirmed yet."""

    channel: str
    words: str  # "(559) 555-0199 waits for confirmation since"
    since: Moment
    until: Moment
    lapsed: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One contact as the list shows it.  `off`: absences that are not over."""

    contact: ContactShown
    phone: str
    speaks: str  # "English and Spanish"; "": not said
    quiet: tuple[str, ...]
    off: tuple[Absence, ...]
    tests: tuple[Tested, ...]
    waits: tuple[Waits, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The settings of a location at one moment."""

    shown: Shown
    location: Location
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.location.zone)).date()

    def lines(self, keys: Sequence[str]) -> list[Line]:
        """The contacts of `keys`, in their order."""
        found = (self.shown.contact(key) for key in keys)
        return [self.line(contact) for contact in found if contact]

    def others(self) -> list[Line]:
        """The contacts of the clinic that are not told here."""
        here = {*self.shown.tell, *self.shown.on_call}
        return [self.line(one) for one in self.shown.contacts if one.key not in here]

    def line(self, contact: ContactShown) -> Line:
        ahead = [one for one in contact.off if date.fromisoformat(one[1]) >= self.today]
        return Line(
            contact=contact,
            phone=display(contact.sms),
            speaks=" and ".join(LANGUAGES.get(one, one) for one in contact.speaks),
            quiet=tuple(f"{clock(starts)} to {clock(ends)}" for starts, ends in contact.quiet),
            off=tuple(
                Absence(first=one[0], last=one[1], words=self._absence(one)) for one in ahead
            ),
            tests=tuple(
                Tested(
                    words=f"{WAYS[one.channel]} {one.said}",
                    at=self.moment(one.at),
                    badge={"delivered": "done", "accepted": "done", "failed": "again"}.get(
                        one.state, "wait"
                    ),
                )
                for one in contact.tests
            ),
            waits=tuple(
                Waits(
                    channel=one.channel,
                    words=display(one.address) if one.channel == "sms" else one.address,
                    since=self.moment(one.since),
                    until=self.moment(one.until),
                    lapsed=one.lapsed,
                    said=f"{WAYS[one.channel]} {one.said}",
                )
                for one in contact.waiting
            ),
        )

    def policy(self) -> list[str]:
        policy = self.shown.policy
        return [
            AFTER_HOURS.get(policy.after_hours, ""),
            f"Without an answer the next contact is told after {policy.next_after} open minutes.",
            (
                f"Whoever has it and says no outcome is reminded after {policy.remind_after} open"
                f" minutes; after a message was left, after {policy.call_again_after}."
            ),
        ]

    def moment(self, iso: str) -> Moment:
        return times.moment(datetime.fromisoformat(iso), self.location.zone, self.now)

    def way(self, channel: str, address: str, configured: bool) -> str:  # noqa: FBT001 - a tuple's
        said = f"{WAYS[channel]} {display(address) if channel == 'sms' else address}"
        return said if configured else f"{said} (no provider is configured)"

    def _absence(self, absence: tuple[str, str, str]) -> str:
        first, last = date.fromisoformat(absence[0]), date.fromisoformat(absence[1])
        cover = self.shown.contact(absence[2])
        who = f"{cover.name} covers" if cover else "nobody covers"
        if first <= self.today:
            return f"Off through {day(last)}, {who}"
        if first == last:
            return f"Off {day(first)}, {who}"
        return f"Off {day(first)} to {day(last)}, {who}"


def display(number: str) -> str:
    """ "(559) 555-0161" for E.164; "" stays ""."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    form = phonenumbers.PhoneNumberFormat
    at_home = parsed.country_code == 1
    return phonenumbers.format_number(parsed, form.NATIONAL if at_home else form.INTERNATIONAL)


def day(on: date) -> str:
    return f"{on:%A, %B} {on.day}"


def clock(text: str) -> str:
    """
    >>> clock("21:00"), clock("00:30")
    ('9:00 pm', '12:30 am')
    """
    at = time.fromisoformat(text)
    return f"{at.hour % NOON or NOON}:{at:%M} {'am' if at.hour < NOON else 'pm'}"
