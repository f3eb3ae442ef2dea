"""python -m leads retention: what is past the time that its clinic keeps it.

The relay deletes it by itself, every hour; `run` does it now.
"""

import argparse
import sys
from collections.abc import Iterable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from contract.directory import Clinic, Directory
from leads.app import directory_reader
from leads.privacy.keeping import Standing, standing
from leads.privacy.retention import delete_old
from leads.scope import scoped
from leads.settings import Settings
from plumbing.database import connect


class Refused(Exception):  # noqa: N818 - what was asked
    """The command does nothing; the message says why."""


def add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", choices=("show", "run"), help="show: what is past its time; run: delete it now"
    )
    parser.add_argument("--clinic", help="only this clinic's")


def run(asked: argparse.Namespace, settings: Settings) -> int:
    """The exit code."""
    reader = directory_reader(settings)
    reader.refresh()
    engine = connect(settings.database_url, name="leads-retention", pool_size=1)
    try:
        for line in lines(asked, engine, reader.current):
            print(line, flush=True)
    except Refused as refused:
        print(f"leads: {refused}", file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"leads: the database cannot be used ({type(error).__name__})", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    return 0


def lines(asked: argparse.Namespace, engine: Engine, directory: Directory | None) -> Iterable[str]:
    """What to print, while it is done.  Raises Refused."""
    for clinic in _clinics(asked, directory):
        if asked.what == "run":
            yield from _deleted(engine, clinic)
        with scoped(engine, [clinic.slug]) as scope:
            for one in standing(scope, clinic):
                yield in_words(one)


def _deleted(engine: Engine, clinic: Clinic) -> Iterable[str]:
    done = 0
    for kind, count in delete_old(engine, clinic):
        done += count
        yield f"{clinic.slug}  {kind.name}: {count} deleted, {done} so far"


def in_words(one: Standing) -> str:
    if not one.kind.days:
        return f"{one.clinic}  {one.kind.name}: kept until somebody erases it"
    said = f"{one.clinic}  {one.kind.name}: kept {one.kind.days} days; {one.due} are older"
    if one.unanswered:
        said += f"; {one.unanswered} stay because nobody has answered them"
    if one.held:
        said += f"; {one.held} stay because they are held"
    return said


def _clinics(asked: argparse.Namespace, directory: Directory | None) -> list[Clinic]:
    if directory is None:
        raise Refused("no clinic directory is known yet: it says how long each clinic keeps what")
    if not asked.clinic:
        return list(directory.clinics)
    clinic = directory.clinic(asked.clinic)
    if clinic is None:
        known = ", ".join(clinic.slug for clinic in directory.clinics)
        raise Refused(f"no clinic {asked.clinic!r}; there are: {known}")
    return [clinic]
