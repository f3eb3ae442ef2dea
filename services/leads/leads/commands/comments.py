"""python -m leads comments: what readers wrote below articles.

A comment is on no page before it is approved; rejected ones are kept.
"""

import argparse
from uuid import UUID

from sqlalchemy import Engine

from leads.app import directory_reader
from leads.comments import store
from leads.scope import scoped
from leads.settings import Settings
from plumbing.database import connect

DECISIONS = {"approve": "approved", "reject": "rejected"}


def add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", choices=("list", *DECISIONS), help="approve: show it on the page; reject: never"
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="as `list` prints it")
    parser.add_argument("--clinic", help="only this clinic's")
    parser.add_argument("--state", choices=store.STATES, default="waiting", help="what to list")


def run(asked: argparse.Namespace, settings: Settings) -> int:
    engine = connect(settings.database_url, name="leads-comments", pool_size=1)
    try:
        return _run(asked, settings, engine)
    finally:
        engine.dispose()


def _run(asked: argparse.Namespace, settings: Settings, engine: Engine) -> int:
    directory = directory_reader(settings).current
    every = [clinic.slug for clinic in directory.clinics] if directory else []
    clinics = [asked.clinic] if asked.clinic else every
    with scoped(engine, clinics) as scope:
        if asked.what == "list":
            found = store.listed(scope, settings.seal_keys, state=asked.state)
            for one in found:
                print(_lines(one))
            print(f"{len(found)} {asked.state}")
            return 0
        missing = [
            text
            for text in asked.ids
            if (comment_id := _uuid(text)) is None
            or not store.decide(scope, settings.seal_keys, comment_id, state=DECISIONS[asked.what])
        ]
    for text in asked.ids:
        print(f"{text}: no such comment" if text in missing else f"{text}: {asked.what}")
    return 1 if missing or not asked.ids else 0


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _lines(one: store.Stored) -> str:
    signs = f"  [{', '.join(one.suspicions)}]" if one.suspicions else ""
    words = "\n".join(f"    {line}" for line in one.message.splitlines())
    return (
        f"{one.id}  {one.clinic}  {one.article}  {one.received_at:%Y-%m-%d %H:%M} UTC{signs}\n"
        f"  {one.name}:\n{words}"
    )
