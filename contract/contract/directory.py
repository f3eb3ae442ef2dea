"""The clinic directory: all that the other services know of a clinic.

content compiles it from the clinic files and publishes it signed (plumbing.documents); leads and
notify read it.  Optional fields may be added freely; any other change is a new `FORMAT`, read
beside the old one for one release.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, time
from typing import Any, Self

FORMAT = 1
REDIS_KEY = "frontdesk:directory"


def normal_host(host: str) -> str:
    """`host` as all compare it: lower-cased, without port and one trailing dot.

    >>> normal_host("Clinic.Example.:8000")
    'clinic.example'
    """
    return host.strip().lower().rsplit(":", 1)[0].removesuffix(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Open from `opens` to `closes`, local wall time; `closes` <= `opens` ends the next day."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Closed from `first` to `last`, both local dates and both included."""

    first: date
    last: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    slug: str
    name: str
    street: str
    city: str
    state: str  # two letters
    postal_code: str
    phone: str  # E.164
    phone_display: str  # as the clinic prints it
    zone: str  # IANA name
    hours: tuple[tuple[Span, ...], ...]  # seven entries, Monday first; () is closed
    closures: tuple[Closure, ...] = ()
    reply_minutes: int = 60  # open minutes within which somebody calls
    towns: tuple[str, ...] = ()  # service area: towns and ZIP codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One entry of a list on a form: what is sent and what is read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The colors of a clinic's messages, "#rrggbb"; "": not said."""

    color: str = ""
    on_color: str = ""  # readable on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Days for which a clinic keeps what nobody waits for any more; 0: until it is erased."""

    contact_days: int = 730
    appointment_days: int = 730
    spam_days: int = 30
    comment_days: int = 365  # rejected comments


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    slug: str
    name: str
    hosts: tuple[str, ...]  # normal_host form; the first one is in links
    phone: str
    phone_display: str
    locations: tuple[Location, ...]
    forms: tuple[str, ...] = ()  # the kinds that are switched on: contact, appointment, comment
    reasons: tuple[Choice, ...] = ()  # what an appointment can be for
    practitioners: tuple[Choice, ...] = ()
    languages: tuple[str, ...] = ("en",)  # of its pages; the first one is spoken when none is asked
    confirmations: tuple[str, ...] = ()  # to patients who agreed to them: text, email
    click_ids: bool = False  # are the advertisers' click ids kept?
    brand: Brand = Brand()
    keep: Keep = Keep()

    @property
    def zone(self) -> str:
        """The time of what happens at none of its locations: that of the first one."""
        return self.locations[0].zone if self.locations else "UTC"

    def location(self, slug: str) -> Location | None:
        return next((place for place in self.locations if place.slug == slug), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Every clinic of the group.  `version` rises with each change; readers refuse a lower one."""

    version: int
    clinics: tuple[Clinic, ...]

    def clinic(self, slug: str) -> Clinic | None:
        return next((clinic for clinic in self.clinics if clinic.slug == slug), None)

    def clinic_at(self, host: str) -> Clinic | None:
        """The clinic that answers on `host` (as received, in any spelling), if there is one."""
        wanted = normal_host(host)
        return next((clinic for clinic in self.clinics if wanted in clinic.hosts), None)

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": self.version,
            "clinics": [_clinic_out(clinic) for clinic in self.clinics],
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Raises ValueError for another format and KeyError/TypeError for a damaged document."""
        if raw.get("format") != FORMAT:
            raise ValueError(f"directory format {raw.get('format')!r}, this reads {FORMAT}")
        return cls(
            version=int(raw["version"]),
            clinics=tuple(_clinic_in(entry) for entry in raw["clinics"]),
        )


def _clinic_out(clinic: Clinic) -> dict[str, Any]:
    return {
        "slug": clinic.slug,
        "name": clinic.name,
        "hosts": list(clinic.hosts),
        "phone": clinic.phone,
        "phone_display": clinic.phone_display,
        "forms": list(clinic.forms),
        "reasons": [[choice.value, choice.label] for choice in clinic.reasons],
        "practitioners": [[choice.value, choice.label] for choice in clinic.practitioners],
        "languages": list(clinic.languages),
        "confirmations": list(clinic.confirmations),
        "click_ids": clinic.click_ids,
        "locations": [_location_out(location) for location in clinic.locations],
        "brand": [clinic.brand.color, clinic.brand.on_color],
        "keep": asdict(clinic.keep),
    }


def _clinic_in(raw: Mapping[str, Any]) -> Clinic:
    return Clinic(
        slug=raw["slug"],
        name=raw["name"],
        hosts=tuple(raw["hosts"]),
        phone=raw["phone"],
        phone_display=raw["phone_display"],
        forms=tuple(raw["forms"]),
        reasons=_choices(raw["reasons"]),
        practitioners=_choices(raw["practitioners"]),
        languages=tuple(raw.get("languages", ("en",))),
        confirmations=tuple(raw.get("confirmations", ())),
        click_ids=bool(raw.get("click_ids", False)),
        brand=_brand(raw.get("brand", [])),
        keep=_keep(raw.get("keep", {})),
        locations=tuple(_location_in(entry) for entry in raw["locations"]),
    )


def _keep(raw: Mapping[str, int]) -> Keep:
    return Keep(**{one.name: int(raw[one.name]) for one in fields(Keep) if one.name in raw})


def _brand(raw: list[str]) -> Brand:
    return Brand(color=raw[0], on_color=raw[1]) if raw else Brand()


def _choices(raw: list[list[str]]) -> tuple[Choice, ...]:
    return tuple(Choice(value=value, label=label) for value, label in raw)


def _location_out(location: Location) -> dict[str, Any]:
    return {
        "slug": location.slug,
        "name": location.name,
        "street": location.street,
        "city": location.city,
        "state": location.state,
        "postal_code": location.postal_code,
        "phone": location.phone,
        "phone_display": location.phone_display,
        "zone": location.zone,
        "hours": [[[_hm(s.opens), _hm(s.closes)] for s in day] for day in location.hours],
        "closures": [
            [closure.first.isoformat(), closure.last.isoformat(), closure.reason]
            for closure in location.closures
        ],
        "reply_minutes": location.reply_minutes,
        "towns": list(location.towns),
    }


def _location_in(raw: Mapping[str, Any]) -> Location:
    return Location(
        slug=raw["slug"],
        name=raw["name"],
        street=raw["street"],
        city=raw["city"],
        state=raw["state"],
        postal_code=raw["postal_code"],
        phone=raw["phone"],
        phone_display=raw["phone_display"],
        zone=raw["zone"],
        hours=tuple(
            tuple(
                Span(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
                for opens, closes in day
            )
            for day in raw["hours"]
        ),
        closures=tuple(
            Closure(first=date.fromisoformat(first), last=date.fromisoformat(last), reason=reason)
            for first, last, reason in raw["closures"]
        ),
        reply_minutes=int(raw["reply_minutes"]),
        towns=tuple(raw["towns"]),
    )


def _hm(value: time) -> str:
    return value.isoformat(timespec="minutes")
