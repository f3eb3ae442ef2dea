"""What an accepted invitation makes of the account under its address, if there is one."""

from enum import StrEnum

from sqlalchemy import Connection

from leads.staff import people
from leads.staff.colleagues import Invitation
from leads.staff.people import EVERY_CLINIC, Person


class Standing(StrEnum):
    """What somebody with the invitation's address has here."""

    NEW = "new"  # no account, or one that was never set up and takes the invitation
    JOINS = "joins"  # an account that takes the invitation, once its owner has signed in
    OTHER = "other"  # an account of another role or reach: one account has one
    CLOSED = "closed"  # a disabled account


def standing(person: Person | None, asked: Invitation) -> Standing:
    """Of the account under the invitation's address."""
    if person is None:
        return Standing.NEW
    if person.disabled:
        return Standing.CLOSED
    # clinics and locations cannot be mixed: no location means all of them
    if person.role != asked.role or bool(person.locations) != bool(asked.locations):
        return Standing.OTHER
    return Standing.JOINS if person.set_up else Standing.NEW


def join(connection: Connection, person: Person | None, asked: Invitation) -> Person:
    """The account with the invitation's clinics.  `person`: one that takes it (`standing`)."""
    if person is None:
        return people.add(
            connection,
            email=asked.email,
            name=asked.name,
            role=asked.role,
            clinics=asked.clinics,
            locations=asked.locations,
        )
    if EVERY_CLINIC not in person.clinics:
        people.change(
            connection,
            person.id,
            name=person.name,
            role=person.role,
            clinics=tuple(dict.fromkeys(person.clinics + asked.clinics)),
            locations=tuple(dict.fromkeys(person.locations + asked.locations)),
        )
    return person
