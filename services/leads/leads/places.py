"""Which location a request goes to: the chosen one, the one that serves the town, the default."""

import re
import unicodedata
from dataclasses import dataclass

from contract.directory import Clinic, Location
from leads.reading import Reading
from plumbing.words import later

ZIP = re.compile(r"(\d{5})(?:[- ]?\d{4})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`by`: only (there is one), choice, town, default (a town that no location names)."""

    location: Location
    by: str


def route(reading: Reading, clinic: Clinic) -> Route | None:
    """None when there is nothing to go by, which is then among the errors."""
    slug, town = reading.text("location"), reading.text("town")
    if slug:
        place = clinic.location(slug)
        if place is None:
            reading.error("location", later("Choose one of our locations"))
            return None
        return Route(location=place, by="choice")
    if len(clinic.locations) == 1:
        return Route(location=clinic.locations[0], by="only")
    if town:
        served = next((place for place in clinic.locations if serves(place, town)), None)
        return Route(location=served or clinic.locations[0], by="town" if served else "default")
    reading.error("location", later("Choose a location, or enter your town or ZIP code"))
    return None


def serves(location: Location, town: str) -> bool:
    """Is `town` (a town or ZIP code in any spelling) in the service area of `location`?"""
    wanted = {_plain(town), _plain(town.split(",", maxsplit=1)[0])}
    if code := ZIP.search(town):
        wanted.add(code[1])
    area = {_plain(name) for name in (*location.towns, location.city, location.postal_code)}
    return bool(wanted & area - {""})


def _plain(town: str) -> str:
    """Without accents, case, punctuation and a ZIP code's last four."""
    letters = unicodedata.normalize("NFKD", town.casefold())
    return re.sub(r"[^\w]+", " ", re.sub(r"[\u0300-\u036f]", "", letters)).strip()
