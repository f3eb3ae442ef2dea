"""The operator's commands: who would be told, a test, and how the alerts files stand.

Refused     what was asked for cannot be done; the message says why and what to do
"""

import sys
from argparse import Namespace
from datetime import UTC, datetime

from contract.directory import Clinic, Directory, Location
from notify import alerts, drill, tested
from notify import story as stories
from notify.alertbook import AlertBook, ClinicAlerts
from notify.alertfile import load_book
from notify.alertfiles import AlertFiles
from notify.contacts import store
from notify.differences import difference
from notify.foresight import foretell
from notify.lint import lint, short_chains
from notify.messages import ACCEPTED
from notify.moments import moment
from notify.parts import Parts
from notify.roster import recipients
from notify.settings import Settings
from notify.stuck import report
from notify.words import letterhead

SAID = {ACCEPTED: "accepted by the provider", "failed_permanent": "FAILED: refused for good"}


class Refused(Exception):  # noqa: N818 - what the command is
    """What was asked for cannot be done."""


def load(settings: Settings, parts: Parts, _asked: Namespace) -> int:
    """1 when a file has a mistake; the others are loaded all the same."""
    files = AlertFiles(settings.alerts_dir, parts.engine, parts.reader, desk_url=settings.desk_url)
    book = files.load()
    _complain(book)
    for clinic in book.clinics:
        print(f"{clinic.clinic}: {len(clinic.contacts)} contacts loaded")
    return 1 if book.problems else 0


def check(settings: Settings, parts: Parts, _asked: Namespace) -> int:
    """Every mistake and weakness; 1 when a request would be told to nobody or a file is wrong."""
    book = load_book(settings.alerts_dir)
    _complain(book)
    for clinic in book.clinics:
        for warning in short_chains(clinic):
            print(f"warning: {warning}")
    with parts.engine.begin() as connection:
        now = datetime.now(UTC)
        found = lint(connection, _directory(parts), settings.channels, now)
    for warning in found.warnings:
        print(f"warning: {warning}")
    for error in found.errors:
        print(f"error: {error}")
    wrong = len(book.problems) + len(found.errors)
    print(f"{wrong} to mend" if wrong else "every location with forms has somebody who is told")
    return 1 if wrong else 0


def who(settings: Settings, parts: Parts, asked: Namespace) -> int:
    """1 when nobody would be told."""
    clinic, location = _place(parts, asked)
    try:
        at = moment(asked.at, location.zone, datetime.now(UTC)) if asked.at else datetime.now(UTC)
    except ValueError as error:
        raise Refused(f"--at {error}") from None
    with parts.engine.begin() as connection:
        routing = recipients(connection, clinic.slug, location.slug)
    print(clinic.name)
    speaks = asked.speaks
    able = settings.channels
    for line in foretell(routing, clinic.slug, location, at, able, speaks=speaks):
        print(line)
    return 0 if routing.recipients else 1


def story(_settings: Settings, parts: Parts, asked: Namespace) -> int:
    """1 when nothing is known of it."""
    with parts.engine.begin() as connection:
        found = stories.entries(connection, asked.id)
    if not found:
        raise Refused(f"nothing is written down of an alert or lead {asked.id!r}")
    for line in stories.in_words(found, asked.zone):
        print(line)
    stood = stories.stood(found)
    print(f"It stood: {stood.state}" + (f", with {stood.holder}" if stood.holder else ""))
    return 0


def test(_settings: Settings, parts: Parts, asked: Namespace) -> int:
    """1 unless every message was accepted."""
    clinic, location = _place(parts, asked)
    with parts.engine.begin() as connection:
        sent = drill.tell_test(
            connection,
            clinic=clinic.slug,
            location=location.slug,
            name=location.name,
            head=letterhead(clinic),
        )
    if not sent:
        raise Refused(f"nobody to tell: add a contact for {location.slug} to the alerts file")
    states = drill.results(parts.engine, sent, seconds=asked.wait)
    for one in sent:
        said = SAID.get(states[one.id], "not accepted yet: it is tried again")
        print(f"{one.contact}, {one.channel}: {said}")
    return 0 if all(state == ACCEPTED for state in states.values()) else 1


def stuck(settings: Settings, parts: Parts, _asked: Namespace) -> int:
    """1 when something is stuck."""
    with parts.engine.begin() as connection:
        lines = report(connection, every_s=settings.synthetic_s)
        standing = tested.standing(connection)
    print("\n".join(lines) or "nothing is stuck")
    if settings.synthetic_s:
        print(standing.in_words())
    return 1 if lines else 0


def diff(settings: Settings, parts: Parts, _asked: Namespace) -> int:
    """1 when there is a difference, as with other tools of this name."""
    book = load_book(settings.alerts_dir)
    _complain(book)
    lines = []
    with parts.engine.begin() as connection:
        for clinic in book.clinics:
            lines += [f"{clinic.clinic}: {line}" for line in difference(connection, clinic)]
    print("\n".join(lines) or "the tables say what the files say")
    return 1 if lines or book.problems else 0


def accept_file(settings: Settings, parts: Parts, asked: Namespace) -> int:
    """The tables say what the clinic's file says: what was changed on the desk is given up."""
    clinic = _file_of(settings, asked.clinic)
    with parts.engine.begin() as connection:
        given_up = difference(connection, clinic)
    store(parts.engine, clinic, over_desk=True)
    with parts.engine.begin() as connection:
        alerts.tell_waiting(
            connection, clinic.clinic, parts.reader.current, desk_url=settings.desk_url
        )
    for line in given_up:
        print(f"{clinic.clinic}: was: {line}")
    print(f"{clinic.clinic}: the tables say what the file says")
    return 0


def _file_of(settings: Settings, slug: str) -> ClinicAlerts:
    book = load_book(settings.alerts_dir)
    found = book.of(slug)
    if found is not None:
        return found
    problems = [problem for problem in book.problems if problem.startswith(f"{slug}.toml: ")]
    raise Refused("\n".join(problems) or f"there is no alerts file {slug}.toml")


def _place(parts: Parts, asked: Namespace) -> tuple[Clinic, Location]:
    directory = _directory(parts)
    clinic = directory.clinic(asked.clinic)
    if clinic is None:
        known = ", ".join(sorted(found.slug for found in directory.clinics))
        raise Refused(f"--clinic: there is no {asked.clinic!r} (there is: {known})")
    location = clinic.location(asked.location)
    if location is None:
        known = ", ".join(found.slug for found in clinic.locations)
        raise Refused(f"--location: {clinic.slug} has no {asked.location!r} (it has: {known})")
    return clinic, location


def _directory(parts: Parts) -> Directory:
    parts.reader.refresh()
    if parts.reader.current is None:
        raise Refused("no clinic directory yet: is content running?")
    return parts.reader.current


def _complain(book: AlertBook) -> None:
    for problem in book.problems:
        print(problem, file=sys.stderr)
