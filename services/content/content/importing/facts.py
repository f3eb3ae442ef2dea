"""What a text says of the clinic itself, as printed, and the clinic.toml that it suggests."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

import phonenumbers
from phonenumbers import timezone

from content.importing.blocks import squeezed
from content.markdown import slug_of

# fmt: off
STATES = frozenset({
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN",
    "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ",
    "NM", "NV", "NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA",
    "WI", "WV", "WY",
})
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
    form_words: tuple[str, ...]


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
        nearby=_unique(town for town in towns if town not in cities),
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
        *_comment("the text says", facts.form_words),
        "[forms]",
        "contact = false  # to do: true when requests in writing are wanted",
        "appointment = false",
    ]
    for place in facts.places:
        lines += _location(place, phone)
    return "\n".join(lines) + "\n"


def _location(place: Place, phone: str) -> list[str]:
    zone = _zone(phone)
    return [
        "",
        "[[locations]]",
        f"slug = {_text(slug_of(place.city))}",
        f"name = {_text(place.city)}",
        f"street = {_text(place.street)}" + ("" if place.street else "  # to do: not in the text"),
        f"city = {_text(place.city)}",
        f"state = {_text(place.state)}",
        f"postal_code = {_text(place.postal_code)}",
        f"zone = {_text(zone)}  # to do: "
        + ("check; of the phone number" if zone else "IANA name"),
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


def _zone(phone: str) -> str:
    if not phone:
        return ""
    zones = timezone.time_zones_for_number(phonenumbers.parse(phone, "US"))
    return zones[0] if len(zones) == 1 else ""


def _comment(title: str, texts: Iterable[str]) -> list[str]:
    shown = ", ".join(_text(text) for text in texts)
    return [f"# {title}: {shown}"] if shown else []


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
