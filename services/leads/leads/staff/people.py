"""The people who work at the desk and whose requests they may see."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, select, update

from contract.directory import Directory
from leads import tables
from leads.staff import roles
from leads.staff.roles import Ability

EVERY_CLINIC = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account.  `set_up`: has a password and a second factor.

    `locations`: the only ones ("clinic/location") whose leads are this person's; (): all.
    """

    id: UUID
    email: str
    name: str
    role: str
    clinics: tuple[str, ...]
    locations: tuple[str, ...]
    set_up: bool
    disabled: bool

    @classmethod
    def from_row(cls, row: RowMapping) -> Self:
        return cls(
            id=row["id"],
            email=row["email"],
            name=row["name"],
            role=row["role"],
            clinics=tuple(row["clinics"]),
            locations=tuple(row["locations"]),
            set_up=row["password_hash"] is not None,
            disabled=row["disabled_at"] is not None,
        )

    def can(self, ability: str) -> bool:
        return roles.can(self.role, Ability(ability))

    @property
    def places(self) -> frozenset[tuple[str, str]] | None:
        """(clinic, location) of this person's only leads; None: all of the clinics'."""
        pairs = (place.partition("/")[::2] for place in self.locations)
        return frozenset((clinic, location) for clinic, location in pairs) or None

    def scope(self, directory: Directory | None) -> frozenset[str]:
        """The clinics that this person works for; an operator works for none."""
        if self.role == "operator":
            return frozenset()
        if EVERY_CLINIC in self.clinics:
            clinics = directory.clinics if directory else ()
            return frozenset(clinic.slug for clinic in clinics)
        return frozenset(self.clinics)


def by_email(connection: Connection, email: str) -> Person | None:
    return _one(connection, tables.staff.c.email == email.lower())


def by_id(connection: Connection, staff_id: UUID) -> Person | None:
    return _one(connection, tables.staff.c.id == staff_id)


def names(connection: Connection, ids: set[UUID]) -> dict[UUID, str]:
    staff = tables.staff.c
    rows = connection.execute(select(staff.id, staff.name).where(staff.id.in_(ids)))
    return {row.id: row.name for row in rows}


def who_see(connection: Connection, clinics: frozenset[str]) -> list[Person]:
    """The people who may see leads of one of `clinics`, by name."""
    staff = tables.staff.c
    rows = connection.execute(
        select(tables.staff)
        .where(
            staff.clinics.overlap([*clinics, EVERY_CLINIC]),
            staff.role.in_(roles.with_ability(Ability.LEADS)),
            staff.disabled_at.is_(None),
        )
        .order_by(staff.name, staff.id)
    )
    return [Person.from_row(row) for row in rows.mappings()]


def who_set_alerts(connection: Connection, clinic: str) -> list[Person]:
    """The people who may change who is told at `clinic`."""
    staff = tables.staff.c
    rows = connection.execute(
        select(tables.staff)
        .where(
            staff.clinics.overlap([clinic, EVERY_CLINIC]),
            staff.role.in_(roles.with_ability(Ability.SETTINGS)),
            staff.disabled_at.is_(None),
        )
        .order_by(staff.id)
    )
    return [Person.from_row(row) for row in rows.mappings()]


def add(
    connection: Connection,
    *,
    email: str,
    name: str,
    role: str,
    clinics: tuple[str, ...],
    locations: tuple[str, ...] = (),
) -> Person:
    """A new account without password: a link sets it up."""
    staff_id = uuid4()
    connection.execute(
        tables.staff.insert().values(
            id=staff_id,
            email=email.lower(),
            name=name,
            role=role,
            clinics=list(clinics),
            locations=list(locations),
        )
    )
    person = by_id(connection, staff_id)
    if person is None:
        raise LookupError(staff_id)
    return person


def change(
    connection: Connection,
    staff_id: UUID,
    *,
    name: str,
    role: str,
    clinics: tuple[str, ...],
    locations: tuple[str, ...] = (),
) -> None:
    _set(
        connection,
        staff_id,
        name=name,
        role=role,
        clinics=list(clinics),
        locations=list(locations),
    )


def forget_password(connection: Connection, staff_id: UUID) -> None:
    """Password, second factors and remembered phones are gone until a link sets new ones."""
    _set(connection, staff_id, password_hash=None, totp_sealed=None, recovery_hashes=[])
    for kept in (tables.staff_device, tables.staff_passkey):  # ways around the second factor
        connection.execute(delete(kept).where(kept.c.staff_id == staff_id))


def disable(connection: Connection, staff_id: UUID, *, disabled: bool) -> None:
    _set(connection, staff_id, disabled_at=func.now() if disabled else None)


def _set(connection: Connection, staff_id: UUID, **values: object) -> None:
    connection.execute(update(tables.staff).where(tables.staff.c.id == staff_id).values(**values))


def _one(connection: Connection, condition: ColumnElement[bool]) -> Person | None:
    row = connection.execute(select(tables.staff).where(condition)).mappings().one_or_none()
    return Person.from_row(row) if row else None
