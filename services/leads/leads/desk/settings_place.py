"""The locations whose alert settings a visitor may see and change."""

from dataclasses import dataclass

from werkzeug.exceptions import NotFound

from contract.directory import Clinic, Location
from leads.desk.guard import Visit
from leads.desk.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A location that the visitor may set."""

    clinic: Clinic
    location: Location

    @property
    def path(self) -> str:
        return f"/settings/{self.clinic.slug}/{self.location.slug}"


def places_of(workplace: Workplace, visit: Visit) -> list[Place]:
    """Every location that is the visitor's, clinic by clinic."""
    directory = workplace.directory.current
    clinics = directory.clinics if directory else ()
    return [
        Place(clinic=clinic, location=location)
        for clinic in clinics
        if clinic.slug in visit.clinics
        for location in clinic.locations
        if visit.places is None or (clinic.slug, location.slug) in visit.places
    ]


def place_of(workplace: Workplace, visit: Visit, clinic: str, location: str) -> Place:
    """Raises NotFound for one that is not the visitor's."""
    for place in places_of(workplace, visit):
        if (place.clinic.slug, place.location.slug) == (clinic, location):
            return place
    raise NotFound
