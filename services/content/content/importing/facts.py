"""What a text says of the clinic itself, as printed, and the clinic.toml that it suggests."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

import phonenumbers
from phonenumbers import timezone

from content.importing.document import squeezed
from content.markdown import slug_of

# fmt: off
STATES = frozenset({
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN",
    "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ",
    "NM", "NV", "NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA",
    "WI", "WV", "WY",
})
# fmt: on

_STATE_NAMES = frozenset(
    """
    Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia
    Hawaii Idaho Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts
    Michigan Minnesota Mississippi Missouri Montana Nebraska Nevada Ohio Oklahoma Oregon
    Pennsylvania Tennessee Texas Utah Vermont Virginia Washington Wisconsin Wyoming
    """.split()  # noqa: SIM905 - reads better than fifty quotes
)
# States of one time zone each, for a proposal that a person checks.
# fmt: off
_ZONES = {
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA WA",
    "America/Denver": "CO MT NM UT WY",
    "America/Chicago": "AL AR IA IL LA MN MO MS OK WI",
    "America/New_York": "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    "Pacific/Honolulu": "HI",
}
# fmt: on

_TOWN = re.compile(
    r"(?:^|\bin )(?P<city>[A-Z][a-z.'’]+(?: [A-Z][a-z.'’]+){0,2}),? (?P<state>[A-Z]{2})\b"  # noqa: RUF001
    r"(?: (?P<zip>\d{5}(?:-\d{4})?))?"
)
_STREET = re.compile(r"^\d+ [A-Z].*[A-Za-z0-9]$")
_NAME = re.compile(
    r"\b(?!At |In |From |With )(?:[A-Z][\w'’&]+ ){1,4}"  # noqa: RUF001
    r"(?:Medical|Medicine Clinics?|Clinics?|Institute|Chiropractic|Center)\b"
)
_CAPITAL = r"([A-Z][a-z]+(?: [A-Z][a-z]+)?)\b"
_NEARBY = re.compile(
    rf"\b(?:near|in) {_CAPITAL}"
    rf"|{_CAPITAL},? and surrounding|{_CAPITAL} (?:and {_CAPITAL} )?residents"
)
_PRACTITIONER = re.compile(r"\bDr\. [A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?")  # noqa: RUF001
_OFFERS_FORM = re.compile(r"contact form|appointment|contact us", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    city: str
    state: str
    postal_code: str = ""
    street: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    names: tuple[str, ...]
    phones: tuple[str, ...]
    places: tuple[Place, ...]
    nearby: tuple[str, ...]  # towns that are named without a state: the service area, perhaps
    practitioners: tuple[str, ...]
    form_words: tuple[str, ...]

    def locations(self) -> list[str]:
        """Each place in a line, as it is printed."""
        phone = f", phone {self.phones[0]}" if self.phones else ""
        return [
            f"{place.street}{', ' if place.street else ''}{place.city}, {place.state}"
            f"{' ' if place.postal_code else ''}{place.postal_code}{phone}"
            for place in self.places
        ]

    def tokens(self) -> dict[str, tuple[str, ...]]:
        """What another clinic would say otherwise, by the kind of token that says it."""
        towns = tuple(place.city for place in self.places)
        return {
            "town": _unique((*towns, *self.nearby)),
            "clinic": self.names,
            "phone": self.phones,
            "practitioner": self.practitioners,
        }


def read_facts(texts: Iterable[str]) -> Facts:
    """Everything is a copy of what is printed; nothing is looked up or completed."""
    text = "\n".join(texts)
    lines = [squeezed(line) for line in text.splitlines()]
    phones = [match.raw_string for match in phonenumbers.PhoneNumberMatcher(text, "US")]
    places = _places(lines)
    towns = [town for found in _NEARBY.finditer(text) for town in found.groups() if town]
    cities = {place.city for place in places}
    return Facts(
        names=_unique(squeezed(found.group()) for found in _NAME.finditer(text)),
        phones=_unique(phones),
        places=places,
        nearby=_unique(town for town in towns if town not in cities | _STATE_NAMES),
        practitioners=_unique(squeezed(found.group()) for found in _PRACTITIONER.finditer(text)),
        form_words=_unique(found.group().lower() for found in _OFFERS_FORM.finditer(text)),
    )


def proposed_clinic(facts: Facts) -> str:
    """A clinic.toml to complete: what is unknown is empty and marked with "to do"."""
    phone = facts.phones[0] if facts.phones else ""
    lines = [
        *_comment("names in the text", facts.names),
        f"name = {_text(facts.names[0] if len(facts.names) == 1 else '')}  # to do: check the name",
        "hosts = []  # to do: the host names of the site",
        f"phone = {_text(phone)}" + ("" if phone else "  # to do: none was found"),
        *_comment("more phones in the text", facts.phones[1:]),
        "",
        *_comment("perhaps towns that are served (towns = [...] of a location)", facts.nearby),
        *_comment("people in the text", facts.practitioners),
        *_comment("the text says", facts.form_words),
        "[forms]",
        "contact = false  # to do: true when requests in writing are wanted",
        "appointment = false",
    ]
    for place in facts.places:
        lines += _location(place, phone)
    return "\n".join(lines) + "\n"


def _location(place: Place, phone: str) -> list[str]:
    zone, source = _zone(place.state, phone)
    return [
        "",
        "[[locations]]",
        f"slug = {_text(slug_of(place.city))}",
        f"name = {_text(place.city)}",
        f"street = {_text(place.street)}" + ("" if place.street else "  # to do: not in the text"),
        f"city = {_text(place.city)}",
        f"state = {_text(place.state)}",
        f"postal_code = {_text(place.postal_code)}",
        f"zone = {_text(zone)}  # to do: " + (f"check; that of {source}" if zone else "IANA name"),
        "",
        "[locations.hours]",
        '# to do: mon = ["08:00-12:00", "13:00-17:00"]',
    ]


def _places(lines: list[str]) -> tuple[Place, ...]:
    places: dict[str, Place] = {}
    for before, line in zip(["", *lines], lines, strict=False):
        for found in _TOWN.finditer(line):
            if found["state"] not in STATES:
                continue
            street = before if found.start() == 0 and _STREET.match(before) else ""
            place = Place(
                city=found["city"],
                state=found["state"],
                postal_code=found["zip"] or "",
                street=street,
            )
            known = places.get(place.city)
            if known is None or (street and not known.street):
                places[place.city] = place
    return tuple(places.values())


def _zone(state: str, phone: str) -> tuple[str, str]:
    """(zone, what it was concluded from); ("", "") where nothing decides."""
    if phone:
        zones = timezone.time_zones_for_number(phonenumbers.parse(phone, "US"))
        if len(zones) == 1:
            return zones[0], "the phone number"
    zone = next((zone for zone, states in _ZONES.items() if state in states.split()), "")
    return zone, f"the state {state}" if zone else ""


def _comment(title: str, texts: Iterable[str]) -> list[str]:
    shown = ", ".join(_text(text) for text in texts)
    return [f"# {title}: {shown}"] if shown else []


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
