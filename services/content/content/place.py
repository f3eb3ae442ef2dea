"""Where a text is shown: the words that its tokens stand for there, and the time zone."""

import difflib
from dataclasses import dataclass

from content.model import Clinic
from content.tables import Table
from content.tokens import Values
from contract.directory import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`zone`: the IANA zone of its times, "" where it is not clear."""

    values: Values
    zone: str


def place_of(table: Table, clinic: Clinic | None, placed: dict[str, str]) -> Place:
    """Read location, town and practitioner of a front matter.  A clinic with one location needs
    none; without one the fallbacks of town and areas are shown."""
    slug = table.text("location", "", at_most=60)
    town = table.text("town", "", at_most=60)
    practitioner = table.text("practitioner", "", at_most=60)
    if clinic is None:
        return Place(values=Values(), zone="")
    location = _location(table, slug, clinic)
    if town:
        _check_town(table, town, clinic)
    labels = {choice.value: choice.label for choice in clinic.practitioners}
    left = {person.slug for person in clinic.left}  # then the token's fallback is shown
    if practitioner and practitioner not in labels and practitioner not in left:
        _unknown(table, "practitioner", practitioner, list(labels))
    phone = location or clinic
    values = Values(
        clinic=clinic.name,
        town=town or (location.city if location else ""),
        phone=phone.phone,
        phone_display=phone.phone_display,
        practitioner=labels.get(practitioner, ""),
        areas=_areas(clinic, location),
        request=_request(clinic, location if slug else None),
        placed=placed,
    )
    zones = {place.zone for place in clinic.locations}
    zone = location.zone if location else (zones.pop() if len(zones) == 1 else "")
    return Place(values=values, zone=zone)


def _location(table: Table, slug: str, clinic: Clinic) -> Location | None:
    if slug:
        location = clinic.location(slug)
        if location is None:
            _unknown(table, "location", slug, [place.slug for place in clinic.locations])
        return location
    return clinic.locations[0] if len(clinic.locations) == 1 else None


def _check_town(table: Table, town: str, clinic: Clinic) -> None:
    towns = {name for place in clinic.locations for name in (place.city, *place.towns)}
    if town not in towns:
        _unknown(table, "town", town, sorted(towns))


def _unknown(table: Table, key: str, written: str, known: list[str]) -> None:
    near = difflib.get_close_matches(written, known, n=1)
    choices = ", ".join(known) or "there is none"
    remedy = f"did you mean {near[0]!r}?" if near else f"the clinic has: {choices}"
    table.wrong(key, f"{key} {written!r} is not of this clinic", remedy)


def _areas(clinic: Clinic, location: Location | None) -> tuple[str, ...]:
    """The towns of a location, else the cities of all; ZIP codes are for forms only."""
    if location is None:
        return tuple(dict.fromkeys(place.city for place in clinic.locations))
    return tuple(town for town in location.towns if not town.isdigit())


def _request(clinic: Clinic, location: Location | None) -> str:
    for kind in ("appointment", "contact"):
        if kind in clinic.forms:
            return f"/locations/{location.slug}/{kind}/" if location else f"/{kind}/"
    return ""
