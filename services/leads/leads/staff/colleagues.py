"""Who may invite, change and disable whom: people of the own clinics, of no higher role."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, select

from contract.directory import Directory
from leads import tables
from leads.contact import parse_email
from leads.staff import people
from leads.staff.people import EVERY_CLINIC, Person
from leads.staff.roles import ROLES

GIVES = {
    "owner": tuple(role for role in ROLES if role != "operator"),
    "manager": ("manager", "location_staff", "editor", "reviewer"),
}
LABELS = {
    "owner": "Owner: everything, and who did what",
    "manager": "Manager: requests, people, settings, reports",
    "location_staff": "Location staff: requests and the report",
    "editor": "Editor: the report and comments, no request",
    "reviewer": "Reviewer: comments",
    "auditor": "Auditor: who did what, and the report",
}
LONGEST_NAME = 80


class Refused(ValueError):  # noqa: N818 - what was asked for
    """The message says why, to a person."""


class Placed(Protocol):
    """Who works somewhere, or is asked to: an address, and where."""

    @property
    def email(self) -> str: ...
    @property
    def clinics(self) -> tuple[str, ...]: ...
    @property
    def locations(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What somebody asked for, checked.  `locations`: ("clinic/location", …) or ()."""

    email: str
    name: str
    role: str
    clinics: tuple[str, ...]
    locations: tuple[str, ...]


def may_manage(person: Person, other: Person, clinics: frozenset[str]) -> bool:
    """`clinics`: those that `person` works for now; `other` may work for more."""
    if person.id == other.id or other.role not in GIVES.get(person.role, ()):
        return False
    if EVERY_CLINIC in other.clinics:
        return EVERY_CLINIC in person.clinics
    return not clinics.isdisjoint(other.clinics)


def is_only_of(other: Person, clinics: frozenset[str]) -> bool:
    """Whether nobody else than people of `clinics` and of all clinics is asked about `other`."""
    return EVERY_CLINIC in other.clinics or set(other.clinics) <= clinics


def managed_by(connection: Connection, person: Person, clinics: frozenset[str]) -> list[Person]:
    """The people whom `person` may manage, by name; disabled ones last."""
    staff = tables.staff.c
    rows = connection.execute(
        select(tables.staff)
        .where(staff.clinics.overlap([*clinics, EVERY_CLINIC]))
        .order_by(staff.disabled_at.is_not(None), staff.name, staff.id)
    )
    found = [Person.from_row(row) for row in rows.mappings()]
    return [other for other in found if may_manage(person, other, clinics)]


def read_invitation(
    *,
    email: str,
    name: str,
    role: str,
    places: list[str],
    by: Person,
    directory: Directory | None,
    clinics: frozenset[str],
) -> Invitation:
    """`places`: clinic slugs, or "clinic/location" for location staff.  Raises Refused."""
    address = parse_email(email)
    if address is None:
        raise Refused("That is no email address")
    if role not in GIVES.get(by.role, ()):
        raise Refused("Choose what the person will do")
    chosen = {place.partition("/")[0] for place in places}
    if not chosen or not chosen <= clinics:
        raise Refused("Choose a clinic or location")
    locations = tuple(sorted(place for place in places if "/" in place))
    if locations and role != "location_staff":
        raise Refused("Only location staff can be kept to a location: choose whole clinics")
    for place in locations:
        slug, _, location = place.partition("/")
        clinic = directory.clinic(slug) if directory else None
        if clinic is None or clinic.location(location) is None:
            raise Refused("Choose a clinic or location")
    return Invitation(
        email=address.lower(),
        name=" ".join(name.split())[:LONGEST_NAME] or address.partition("@")[0],
        role=role,
        clinics=tuple(sorted(chosen)),
        locations=locations,
    )


def already_here(
    connection: Connection, asked: Invitation, *, by: Person, clinics: frozenset[str]
) -> Person | None:
    """Who has the address among those whom `by` sees anyway, and may change alone.

    Accounts of other clinics are not looked at: nothing may depend on whether there is one.
    """
    known = (other for other in managed_by(connection, by, clinics) if other.email == asked.email)
    return next((other for other in known if is_only_of(other, clinics)), None)


def part(connection: Connection, other: Person, clinics: frozenset[str]) -> None:
    """Take `other` off `clinics`; disabled where nothing is left of what the account was for."""
    locations = tuple(each for each in other.locations if each.partition("/")[0] not in clinics)
    left = [slug for slug in other.clinics if slug not in clinics]
    if other.locations:  # without one the account would reach all of a clinic
        left = sorted({each.partition("/")[0] for each in locations})
    if is_only_of(other, clinics) or not left:
        people.disable(connection, other.id, disabled=True)
        return
    people.change(
        connection,
        other.id,
        name=other.name,
        role=other.role,
        clinics=tuple(left),
        locations=locations,
    )
