"""The alerts files: who is told at which location, one file `<clinic slug>.toml` for each clinic.

[contacts.maria]
name = "Maria Ortega"
email = "maria@foothill.example"
sms = "+15595550142"
speaks = ["en", "es"]                   # may be left out, as all below
quiet = ["21:00-07:00"]                 # no texts then, by the location's clock
off = [{ first = 2026-12-01, last = 2026-12-04, cover = "rosa" }]

[policy]                    # for every location; an entry of its own may say otherwise
after_hours = "now"         # now, hold, email_now, on_call
next_after = 10             # open minutes without an answer, then the next contact
remind_after = 30           # open minutes after "I have it" without an outcome
call_again_after = 240      # open minutes after a message was left

[locations.marsden]
tell = ["maria"]            # in order
on_call = ["rosa"]          # for after_hours = "on_call"

[locations."*"]             # every other location
tell = ["maria"]

[sender]                    # may be left out, as may each of its entries
name = "Foothill Road Medical"          # what mail shows as its sender
reply_to = "front@foothill.example"     # where an answer to a mail goes
sms_from = "+15595550140"               # the clinic's own number in your Twilio account

[agreement]                 # only where contacts have names = true: first names in messages
with = "Twilio and Fastmail, business associate agreements, signed by J. Harlan"
signed = 2026-11-02
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from notify.agreement import Agreement

EVERYWHERE = "*"
NOW, HOLD, EMAIL_NOW, ON_CALL = "now", "hold", "email_now", "on_call"
AFTER_HOURS = (NOW, HOLD, EMAIL_NOW, ON_CALL)
SHORTEST_WAIT = 5  # nobody gets a second message about the same request sooner
LONGEST_WAIT = 2400  # a week of eight-hour days


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Off from `first` to `last`, both included and by the location's calendar."""

    first: date
    last: date
    cover: str = ""  # the key of who is told instead; "": nobody is


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """No texts from `starts` to `ends`, by the location's clock; over midnight if `ends` is not
    later.
    """

    starts: time
    ends: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody who is told; at least one of `email` and `sms` is there."""

    key: str
    name: str
    email: str | None
    sms: str | None  # E.164
    speaks: tuple[str, ...] = ()  # BCP 47; (): not said
    quiet: tuple[Quiet, ...] = ()
    off: tuple[Absence, ...] = ()
    names: bool = False  # is told a patient's first name; needs an agreement on record


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When the contacts of a location are told.  Waits are in open minutes of the location.

    after_hours: now (as in open hours), hold (together at opening), email_now (e-mail now, text at
    opening), on_call (the contacts on call, now)
    """

    after_hours: str = NOW
    next_after: int = 10  # told and no answer: the next contact
    remind_after: int = 30  # "I have it" and no outcome: a reminder, then the next contact
    call_again_after: int = 240  # a message was left: a reminder


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """As whom the clinic's messages go out; "": as the provider's account does."""

    name: str = ""
    reply_to: str = ""
    sms_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicAlerts:
    """One clinic's file.  `tell`, `on_call`: location slug or "*" -> contact keys, first to last;
    `policies`: the same slugs (one that is missing has the defaults).
    """

    clinic: str
    contacts: tuple[Contact, ...]
    tell: Mapping[str, tuple[str, ...]]
    on_call: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    sender: Sender = Sender()
    agreement: Agreement | None = None

    def policy(self, location: str) -> Policy:
        return self.policies.get(location, Policy())


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertBook:
    """All files of a folder.  A file with a mistake is in `problems` and not in `clinics`."""

    clinics: tuple[ClinicAlerts, ...]
    problems: tuple[str, ...]  # "file: what is wrong and what to do"

    def of(self, clinic: str) -> ClinicAlerts | None:
        return next((found for found in self.clinics if found.clinic == clinic), None)
