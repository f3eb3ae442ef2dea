"""python -m leads person: what is stored about somebody.

The number or address comes from standard input or a question, not from the command line: that is
seen by everybody on the machine, and kept in the shell's history.
"""

import argparse
import json
import sys
from collections.abc import Iterable

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from contract.directory import Directory
from contract.events import SYNTHETIC
from contract.sent import Sent
from leads import tables
from leads.app import directory_reader
from leads.identity import spoken
from leads.privacy import holding
from leads.privacy.bundle import bundle, page
from leads.privacy.erasing import erase_person, standing
from leads.privacy.finding import Found, Keys, Row, found
from leads.privacy.person import Person
from leads.privacy.records import NotARecord, read_records, record
from leads.privacy.replaying import clinics_with_erasures, replay
from leads.privacy.sent import sent_about
from leads.rotation import clinics_with_leads
from leads.scope import Scope, scoped
from leads.settings import Settings
from leads.staff import audit
from plumbing.database import connect
from plumbing.questions import NoAnswer, Questions

ACTIONS = {
    "find": "say what is stored, without any of the words",
    "export": "print all of it, as JSON or as a page",
    "erase": "delete all of it, here and at notify, for good",
    "erasures": "print a line for each erasure, to keep beside the backups",
    "replay": "erase again, from such lines on standard input: after a restore",
}


class Refused(Exception):  # noqa: N818 - what was asked
    """The command does nothing; the message says why."""


def add_to(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    for action, words in ACTIONS.items():
        command = actions.add_parser(action, help=words, description=words)
        if action in {"erasures", "replay"}:
            continue
        command.add_argument("--clinic", help="only at this clinic; without it at every one")
        if action == "export":
            command.add_argument("--html", action="store_true", help="a page for people")
        if action == "erase":
            command.add_argument("--yes", action="store_true", help="without it nothing is deleted")
            command.add_argument(
                "--unanswered-because",
                metavar="REASON",
                default="",
                help="also requests that nobody has answered; the reason is kept, so name nobody",
            )


def run(asked: argparse.Namespace, settings: Settings) -> int:
    """The exit code."""
    engine = connect(settings.database_url, name="leads-person", pool_size=1)
    try:
        if asked.action == "erasures":
            print("\n".join(_every_record(engine)))
            return 0
        if asked.action == "replay":
            print(replayed(engine, settings, sys.stdin.read()))
            return 0
        person = _person(_typed())
        print(answer(asked, engine, settings, person=person, directory=_directory(settings)))
    except Refused as refused:
        print(f"leads: {refused}", file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"leads: the database cannot be used ({type(error).__name__})", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    return 0


def answer(
    asked: argparse.Namespace,
    engine: Engine,
    settings: Settings,
    *,
    person: Person,
    directory: Directory | None,
) -> str:
    """What to print.  Raises Refused."""
    keys = Keys(seal=settings.seal_keys, hash=settings.hash_key)
    with scoped(engine, _clinics(asked, engine, directory)) as scope:
        what = found(scope, keys, person, of_nobody=not asked.clinic)
        if asked.action == "erase":
            return _erase(scope, keys, asked, person=person, what=what)
        _note(scope, asked.action, what)
        if asked.action == "find":
            return "\n".join(in_words(what))
        contents = bundle(scope, keys, person, what, directory, sent=_sent(settings, what))
    return page(contents) if asked.html else json.dumps(contents, indent=1, ensure_ascii=False)


def _sent(settings: Settings, what: Found) -> list[Sent]:
    """Raises Refused."""
    try:
        return sent_about(Questions(settings.notify_url, settings.service_token), what)
    except NoAnswer as error:
        raise Refused(
            f"notify does not say what the patient was sent ({error}): try again in a minute"
        ) from error


def _erase(
    scope: Scope, keys: Keys, asked: argparse.Namespace, *, person: Person, what: Found
) -> str:
    """Raises Refused."""
    if not what:
        return "nothing is stored under it"
    listed = "\n".join(in_words(what))
    stands, reason = standing(scope, what), holding.reason_in(asked.unanswered_because)
    if stands.held:
        raise Refused(f"{_references(stands.held)}: held by hand, release first. Nothing is erased")
    if stands.unanswered and not reason:
        raise Refused(
            f"nobody has answered {_references(stands.unanswered)} yet: call first, or say why not "
            f"with --unanswered-because, in {holding.HOW_LONG}. Nothing is erased"
        )
    if not asked.yes:
        return f"{listed}\nNothing is erased yet. To erase all of this for good add --yes"
    _note(scope, "erase", what, reason=reason)
    at = erase_person(scope, keys, person, what)
    records = [
        record(clinic, mark, at)
        for clinic in what.clinics
        for mark in person.marks(keys.hash, clinic)
    ]
    return "\n".join([listed, "Erased. Keep these lines: a restored backup needs them", *records])


def _references(rows: Iterable[Row]) -> str:
    return ", ".join(spoken(row["reference"]) for row in rows)


def replayed(engine: Engine, settings: Settings, records: str) -> str:
    """What to print.  Raises Refused."""
    keys = Keys(seal=settings.seal_keys, hash=settings.hash_key)
    try:
        done = replay(engine, keys, list(read_records(records)))
    except NotARecord as error:
        raise Refused(f"{error}. Nothing is erased") from error
    if not done.known:
        return "nobody was erased"
    return (
        f"{done.known} erasures are known; erased again: {done.leads} requests, "
        f"{done.comments} comments, {done.texts} texts"
    )


def _every_record(engine: Engine) -> Iterable[str]:
    erasure = tables.erasure
    with scoped(engine, clinics_with_erasures(engine)) as scope:
        scope.connection.execute(select(func.set_config("leads.of_nobody", "on", True)))
        for row in scope.connection.execute(select(erasure).order_by(erasure.c.at)):
            yield record(row.clinic, bytes(row.mark), row.at)


def in_words(what: Found) -> Iterable[str]:
    """Neither a name nor a word that somebody typed."""
    for row in what.leads:
        yield (
            f"{spoken(row['reference'])}  {row['kind']}  {row['clinic']} / {row['location']}  "
            f"received {row['received_at']:%Y-%m-%d %H:%M} UTC  {row['state']}"
        )
    for row in what.comments:
        yield (
            f"comment  {row['clinic']}{row['article']}  "
            f"received {row['received_at']:%Y-%m-%d %H:%M} UTC  {row['state']}"
        )
    for row in what.texts:
        yield f"text  {row['clinic'] or 'no clinic'}  {row['at']:%Y-%m-%d %H:%M} UTC  {row['what']}"
    yield (
        f"{len(what.leads)} requests, {len(what.comments)} comments, {len(what.texts)} texts"
        if what
        else "nothing is stored under it"
    )


def _typed() -> str:
    if sys.stdin.isatty():
        print("Phone or e-mail: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline()


def _directory(settings: Settings) -> Directory | None:
    reader = directory_reader(settings)
    reader.refresh()
    return reader.current


def _person(typed: str) -> Person:
    person = Person.read(typed)
    if person is None:
        raise Refused("that is neither a phone number nor an e-mail address")
    return person


def _clinics(asked: argparse.Namespace, engine: Engine, directory: Directory | None) -> list[str]:
    """Also those that are in no clinic file any more."""
    known = {clinic.slug for clinic in directory.clinics} if directory else set()
    every = sorted((known | set(clinics_with_leads(engine))) - {SYNTHETIC})
    if asked.clinic and asked.clinic not in every:
        raise Refused(f"no clinic {asked.clinic!r}; there are: {', '.join(every)}")
    return [asked.clinic] if asked.clinic else every


def _note(scope: Scope, action: str, what: Found, *, reason: str = "") -> None:
    """Into the audit of each clinic: by whoever may use this machine's shell."""
    for clinic in what.clinics:
        if clinic:
            count = sum(row["clinic"] == clinic for row in what.leads)
            detail = {"leads": count} | ({"reason": reason} if reason else {})
            audit.note(scope.connection, f"person: {action}", clinic=clinic, detail=detail)
