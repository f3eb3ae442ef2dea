"""python -m leads staff …: accounts from the command line, each with a one-time sign-in link."""

import argparse
import re
import sys
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from contract.directory import Directory
from leads.app import directory_reader
from leads.contact import parse_email
from leads.settings import Settings
from leads.staff import audit, links, people, sessions
from leads.staff.people import EVERY_CLINIC, Person
from leads.staff.roles import GROUP_WIDE, ROLES
from plumbing.database import connect

ACTIONS = {
    "add": "add a person, or change role and clinics of one who is there",
    "link": "a new sign-in link for a person who is there",
    "reset": "end all sessions, forget password and second factor, and make a new link",
    "disable": "end all sessions and let nobody in under this address",
    "enable": "undo disable",
}


class Refused(Exception):  # noqa: N818 - what was asked
    """The command does nothing; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command that makes sense by itself."""

    action: str
    email: str
    name: str
    role: str
    clinics: tuple[str, ...]
    locations: tuple[str, ...] = ()


def add_to(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    for action, words in ACTIONS.items():
        command = actions.add_parser(action, help=words)
        command.add_argument("--email", required=True)
        command.add_argument("--role", choices=ROLES, required=action == "add")
        command.add_argument(
            "--clinic", action="append", default=[], help="a clinic's slug; may be given again"
        )
        command.add_argument(
            "--location",
            action="append",
            default=[],
            metavar="CLINIC/LOCATION",
            help="location_staff: only this location's requests; may be given again",
        )
        command.add_argument("--name", default="", help="as colleagues see it")


def run(asked: argparse.Namespace, settings: Settings) -> int:
    """The exit code; prints the link to standard output."""
    engine = connect(settings.database_url, name="leads-staff", pool_size=1)
    try:
        print(answer(parse(asked, _directory(settings)), engine, settings))
    except Refused as refused:
        print(f"leads: {refused}", file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"leads: the database cannot be used ({type(error).__name__})", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    return 0


def parse(asked: argparse.Namespace, directory: Directory | None) -> Asked:
    """Raises Refused."""
    email = parse_email(asked.email)
    if email is None:
        raise Refused(f"{asked.email!r} is no email address")
    clinics = tuple(dict.fromkeys(asked.clinic))
    known = {clinic.slug for clinic in directory.clinics} if directory else set()
    unknown = [slug for slug in clinics if known and slug not in known]
    if unknown:
        raise Refused(f"no clinic {unknown[0]!r}; there are: {', '.join(sorted(known))}")
    if asked.role == "operator" and clinics:
        raise Refused("an operator sees no clinic's requests: leave --clinic out")
    if asked.role in {"manager", "location_staff"} and not clinics:
        raise Refused(f"a {asked.role} needs at least one --clinic")
    if asked.role in GROUP_WIDE and not clinics:
        clinics = (EVERY_CLINIC,)
    locations = _locations(asked, clinics, directory)
    name = asked.name.strip() or _name_in(email)
    return Asked(
        action=asked.action,
        email=email.lower(),
        name=name,
        role=asked.role or "",
        clinics=clinics,
        locations=locations,
    )


def answer(asked: Asked, engine: Engine, settings: Settings) -> str:
    """What to print.  Raises Refused."""
    with engine.begin() as connection:
        person = people.by_email(connection, asked.email)
        if asked.action == "add":
            person = _add_or_change(connection, asked, person)
        elif person is None:
            raise Refused(f"nobody has {asked.email}: add the person first")
        audit.note(connection, f"account: {asked.action}", staff_id=person.id)
        if asked.action in {"disable", "enable"}:
            people.disable(connection, person.id, disabled=asked.action == "disable")
            sessions.end_all(connection, person.id)
            return f"{asked.email} is {asked.action}d"
        if person.disabled:
            raise Refused(f"{asked.email} is disabled: enable the person first")
        return _link(connection, asked, person, settings)


def _add_or_change(connection: Connection, asked: Asked, person: Person | None) -> Person:
    if person is None:
        return people.add(
            connection,
            email=asked.email,
            name=asked.name,
            role=asked.role,
            clinics=asked.clinics,
            locations=asked.locations,
        )
    wanted = (asked.role, asked.clinics, asked.locations)
    if (person.role, person.clinics, person.locations) != wanted:
        people.change(
            connection,
            person.id,
            name=asked.name,
            role=asked.role,
            clinics=asked.clinics,
            locations=asked.locations,
        )
        sessions.end_all(connection, person.id)
    return person


def _link(connection: Connection, asked: Asked, person: Person, settings: Settings) -> str:
    if asked.action == "reset":
        people.forget_password(connection, person.id)
        sessions.end_all(connection, person.id)
    elif person.set_up and not settings.demo:
        # a link beside a second factor would be a way around it
        if asked.action == "add":
            return f"{asked.email} is set up and signs in at {settings.desk_url}/"
        raise Refused(f"{asked.email} signs in at {settings.desk_url}/ (or use reset)")
    return f"{settings.desk_url}/welcome/{links.make(connection, settings.seal_keys, person.id)}"


def _locations(
    asked: argparse.Namespace, clinics: tuple[str, ...], directory: Directory | None
) -> tuple[str, ...]:
    """Raises Refused."""
    locations = tuple(dict.fromkeys(asked.location))
    if locations and asked.role != "location_staff":
        raise Refused("--location is for location_staff")
    for place in locations:
        slug, _, location = place.partition("/")
        if slug not in clinics:
            raise Refused(f"{place!r} is not in a clinic that --clinic names")
        clinic = directory.clinic(slug) if directory else None
        if clinic and clinic.location(location) is None:
            known = ", ".join(f"{slug}/{each.slug}" for each in clinic.locations)
            raise Refused(f"no location {place!r}; there are: {known}")
    return locations


def _directory(settings: Settings) -> Directory | None:
    reader = directory_reader(settings)
    reader.refresh()
    return reader.current


def _name_in(email: str) -> str:
    """ "ana.lopez@…" -> "Ana Lopez"."""
    words = re.split(r"[._-]+", re.split(r"[@+]", email, maxsplit=1)[0])
    return " ".join(word.capitalize() for word in words if word)
