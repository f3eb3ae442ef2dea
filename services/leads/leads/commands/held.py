"""python -m leads held: requests that wait as possible spam.

What nobody looks at is released by itself after one open day of the location.
"""

import argparse

from sqlalchemy import Engine

from leads import holds
from leads.app import acceptor_of, directory_reader
from leads.identity import spoken
from leads.scope import scoped
from leads.settings import Settings
from plumbing.database import connect


def add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=("list", "release", "spam"),
        help="release: alert the clinic now; spam: never",
    )
    parser.add_argument("references", nargs="*", metavar="REFERENCE")
    parser.add_argument("--clinic", help="only this clinic's")


def run(asked: argparse.Namespace, settings: Settings) -> int:
    engine = connect(settings.database_url, name="leads-held", pool_size=1)
    try:
        return _run(asked, settings, engine)
    finally:
        engine.dispose()


def _run(asked: argparse.Namespace, settings: Settings, engine: Engine) -> int:
    directory = directory_reader(settings).current
    every = [clinic.slug for clinic in directory.clinics] if directory else []
    clinics = [asked.clinic] if asked.clinic else every
    wanted = {reference.replace(" ", "").upper() for reference in asked.references}
    with scoped(engine, clinics) as scope:
        waiting = holds.held(scope)
        if asked.what == "list":
            for one in waiting:
                print(_line(one))
            print(f"{len(waiting)} requests are held as possible spam")
            return 0
        chosen = [one for one in waiting if one.reference in wanted]
        for one in chosen:
            if asked.what == "release":
                holds.release(
                    scope,
                    one.lead_id,
                    actor="operator",
                    confirming=acceptor_of(settings, engine).confirming,
                    directory=directory,
                )
            else:
                holds.call_spam(scope, one.lead_id, actor="operator")
            print(f"{spoken(one.reference)}  {one.clinic}  {asked.what}")
    missing = wanted - {one.reference for one in chosen}
    for reference in sorted(missing):
        print(f"{reference}: no held request has this reference")
    return 1 if missing or not wanted else 0


def _line(one: holds.Held) -> str:
    return (
        f"{spoken(one.reference)}  {one.clinic} / {one.location}  "
        f"received {one.received_at:%Y-%m-%d %H:%M} UTC, alerts {one.release_at:%Y-%m-%d %H:%M} UTC"
        f"  {', '.join(one.reasons)}"
    )
