"""What the desk asks notify about who is told at a location, and what it is answered.

Questions that a person waits for: `POST` of one JSON object with the service token, answered with
one JSON object.  notify owns contacts and policy; leads shows them and asks for changes.  Moments
are ISO 8601 with an offset.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

SHOW_PATH = "/internal/alert-settings/show"  # Question -> Shown
TEST_PATH = "/internal/alert-settings/test"  # Change -> Changed
CHANGE_PATH = "/internal/alert-settings/change"  # Change -> Changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A value of texts, numbers and lists of these."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Lists become tuples, what a later release added is left out.  Raises TypeError."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: _frozen(value) for name, value in raw.items() if name in known})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Said):
    """How does it stand at this location?  `at`: also, who would be told then."""

    clinic: str
    location: str
    at: str = ""  # "Friday 18:05" or 2026-11-27T18:05, by the location's clock; "": not asked
    speaks: str = ""  # with `at`: the language wanted for the call (BCP 47)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyShown(Said):
    """When they are told; the waits are in open minutes."""

    after_hours: str  # now, hold, email_now, on_call
    next_after: int
    remind_after: int
    call_again_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTest(Said):
    """What became of the last test to a contact on one channel."""

    channel: str
    state: str  # on_its_way, accepted, sent, delivered, failed
    said: str  # the same in words, with the reason
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Said):
    """A new address that counts once its owner has confirmed it; until then the old one does."""

    channel: str
    address: str
    since: str
    until: str
    lapsed: bool
    said: str  # what became of the message with the link


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactShown(Said):
    """Somebody who can be told.  `email`, `sms`: "" where there is none in force."""

    key: str
    name: str
    email: str = ""
    sms: str = ""
    stopped: bool = False  # has answered STOP: no text goes there
    speaks: tuple[str, ...] = ()  # BCP 47
    quiet: tuple[tuple[str, str], ...] = ()  # (("21:00", "07:00"),): no texts then
    off: tuple[tuple[str, str, str], ...] = ()  # first and last day, key of the cover or ""
    on_desk: bool = False  # changed on the desk since the file was loaded
    tests: tuple[LastTest, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        parts = {
            "tests": tuple(LastTest.from_json(one) for one in raw.get("tests", ())),
            "waiting": tuple(Waiting.from_json(one) for one in raw.get("waiting", ())),
        }
        known = {one.name for one in fields(cls)}
        rest = {name: _frozen(value) for name, value in raw.items() if name in known}
        return cls(**rest | parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnForeseen(Said):
    """One contact in the order of telling."""

    key: str
    name: str
    when: str  # "told at once"
    ways: tuple[tuple[str, str, bool], ...]  # channel, address, is a provider configured for it?
    why: tuple[str, ...] = ()  # the reasons that are kept with a step, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen(Said):
    """Who would be told about a request at one moment, and why."""

    moment: str  # "Friday, November 27, 2026, 6:05 PM PST"
    hours: str  # "closed, opens Monday 8:00 AM"
    entry: str  # whose list it is: a location's slug, "*", or "": there is none
    on_desk: bool  # that list was changed on the desk
    after_hours: str  # what is done while it is closed, in words; "": it is open
    turns: tuple[TurnForeseen, ...]
    reachable: int  # how many of them a configured provider reaches
    next_after: int  # open minutes after the last, everybody is told that nobody answered

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        turns = tuple(TurnForeseen.from_json(turn) for turn in raw["turns"])
        return cls(**{one.name: raw[one.name] for one in fields(cls)} | {"turns": turns})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Said):
    """The settings of one location, as they are in force."""

    version: str  # another one after each change
    entry: str  # whose list it is: the location's slug, "*", or "": there is none
    on_desk: bool  # that list was changed on the desk
    tell: tuple[str, ...]  # keys, in order
    on_call: tuple[str, ...]
    policy: PolicyShown
    contacts: tuple[ContactShown, ...]  # all of the clinic
    channels: tuple[str, ...]  # those that a provider is configured for
    difference: tuple[str, ...]  # to the clinic's file, in words
    file_problems: tuple[str, ...]  # why the file cannot be compared
    told: Foreseen | None = None
    not_understood: str = ""  # what is wrong with `at`

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        told = raw.get("told")
        parts = {
            "policy": PolicyShown.from_json(raw["policy"]),
            "contacts": tuple(ContactShown.from_json(one) for one in raw["contacts"]),
            "told": Foreseen.from_json(told) if told else None,
        }
        known = {one.name for one in fields(cls)}
        rest = {name: _frozen(value) for name, value in raw.items() if name in known}
        return cls(**rest | parts)

    def contact(self, key: str) -> ContactShown | None:
        return next((one for one in self.contacts if one.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Said):
    """One thing that somebody at the desk wants done.  What was typed is checked by notify.

    up, down        the contact is told one place earlier or later
    join, leave     the contact is told at this location, last; or not any more
    new             another contact, last at this location
    edit            name, languages, quiet hours, addresses
    off, back       days off with a cover; not off on these days
    remove          is no contact of the clinic any more
    again, withdraw the link to a new address once more; the new address is given up
    """

    clinic: str
    location: str
    do: str
    by: str  # the name of a member of staff
    by_id: str
    seen: str = ""  # the version that was looked at: after another change nothing is done
    contact: str = ""  # key
    duty: str = "tell"  # tell, on_call: with up, down, join, leave
    typed: Mapping[str, str] = field(default_factory=dict)
    tell: tuple[str, ...] = ()  # mail addresses of the clinic's other managers


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(Said):
    """`said`: what was done, in a sentence; "": nothing was, as it was so already."""

    said: str = ""
    problems: tuple[tuple[str, str], ...] = ()  # (field of `typed`, what is wrong): nothing is done
    stale: bool = False  # the settings are not those that were looked at: nothing is done
