"""python -m leads key: API keys of a clinic (docs/api.md)."""

import argparse
import sys
from uuid import UUID

from sqlalchemy import Engine

from leads.api import keys
from leads.app import directory_reader
from leads.scope import scoped
from leads.settings import Settings
from plumbing.database import connect


def add_to(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="what", required=True)
    add = does.add_parser("add", help="make a key and print it, once")
    kind = add.add_mutually_exclusive_group(required=True)
    kind.add_argument("--public", action="store_true", help="for pages of the listed origins")
    kind.add_argument("--secret", action="store_true", help="for a server")
    add.add_argument("--origin", action="append", default=[], metavar="URL")
    every = does.add_parser("list", help="the keys that are not revoked")
    revoke = does.add_parser("revoke", help="end a key")
    revoke.add_argument("key_id", type=UUID)
    for command in (add, every, revoke):
        command.add_argument("--clinic", required=True)


def run(asked: argparse.Namespace, settings: Settings) -> int:
    directory = directory_reader(settings).current
    if directory and directory.clinic(asked.clinic) is None:
        return _refuse(f"there is no clinic {asked.clinic}")
    engine = connect(settings.database_url, name="leads-key", pool_size=1)
    try:
        return {"add": _add, "list": _list, "revoke": _revoke}[asked.what](asked, settings, engine)
    finally:
        engine.dispose()


def _add(asked: argparse.Namespace, settings: Settings, engine: Engine) -> int:
    origins = [keys.origin_of(typed) for typed in asked.origin]
    if asked.public != bool(origins):
        return _refuse("--public needs --origin URL, --secret takes none")
    if None in origins:
        return _refuse("--origin must be like https://other.example, without a path")
    with scoped(engine, [asked.clinic]) as scope:
        listed = tuple(origin for origin in origins if origin)
        print(keys.make(scope, settings.hash_key, clinic=asked.clinic, origins=listed))
    print("Copy it now: it is not shown again.", file=sys.stderr)
    return 0


def _list(asked: argparse.Namespace, _settings: Settings, engine: Engine) -> int:
    with scoped(engine, [asked.clinic]) as scope:
        for key in keys.listed(scope):
            print(f"{key.id}  {key.kind}  {' '.join(key.origins)}".rstrip())
    return 0


def _revoke(asked: argparse.Namespace, _settings: Settings, engine: Engine) -> int:
    with scoped(engine, [asked.clinic]) as scope:
        if not keys.revoke(scope, asked.key_id):
            return _refuse("there is no such key")
    print(f"{asked.key_id} is revoked; it is refused within {keys.KEPT_S:.0f} seconds")
    return 0


def _refuse(words: str) -> int:
    print(f"leads: {words}", file=sys.stderr)
    return 2
