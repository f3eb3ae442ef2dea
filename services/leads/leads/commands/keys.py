"""python -m leads keys: the keys that seal what patients typed.

To change the key: put a new line first in the key file, restart every process of leads, then
``keys rotate``; when it names no row any more, ``keys retire`` the old one, and only then remove
its line.
"""

import argparse
import sys

from sqlalchemy import Engine

from leads import rotation
from leads.settings import Settings
from plumbing.database import connect
from plumbing.spool import Spool

WIDTH = 30


def add_to(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="what", required=True)
    does.add_parser("list", help="how many values each key seals")
    does.add_parser("rotate", help="seal everything anew with the first key of the file")
    retire = does.add_parser("retire", help="let the services start without a key nothing names")
    retire.add_argument("key_id")


def run(asked: argparse.Namespace, settings: Settings) -> int:
    # a count over every row of a clinic may take long, and nobody waits for it
    engine = connect(settings.database_url, name="leads-keys", pool_size=1, statement_timeout_s=600)
    try:
        if asked.what == "rotate":
            return _rotate(engine, settings)
        if asked.what == "retire":
            return _retire(engine, settings, asked.key_id)
        return _list(engine, settings)
    finally:
        engine.dispose()


def _list(engine: Engine, settings: Settings) -> int:
    for key_id, count in sorted(_named(engine, settings).items()):
        known = "" if key_id in settings.seal_keys.fingerprints else "  NOT IN THE KEY FILE"
        current = "  (seals)" if key_id == settings.seal_keys.current else ""
        print(f"{key_id}: {count} values{current}{known}")
    return 0


def _rotate(engine: Engine, settings: Settings) -> int:
    progress = rotation.Progress(of=0)
    for progress in rotation.rotate(engine, settings.seal_keys):
        _show(progress)
    print(f"\n{progress.done - progress.unreadable} values are sealed anew", end="")
    print(f" with {settings.seal_keys.current}")
    if progress.unreadable:
        print(f"{progress.unreadable} could not be opened and stay as they are: keep every key")
        return 1
    return 0


def _retire(engine: Engine, settings: Settings, key_id: str) -> int:
    if key_id == settings.seal_keys.current:
        print(
            f"{key_id} seals: put another line first in the key file and restart", file=sys.stderr
        )
        return 1
    if count := _named(engine, settings).get(key_id, 0):
        print(f"{count} values are sealed with {key_id}: keys rotate first", file=sys.stderr)
        return 1
    rotation.forget(engine, key_id)
    print(f"nothing names {key_id}: remove its line from the key file, then restart leads")
    return 0


def _named(engine: Engine, settings: Settings) -> dict[str, int]:
    """In the database and in this host's spool."""
    counted = rotation.named(engine)
    for key_id, count in Spool(settings.spool_dir, settings.seal_keys).named().items():
        counted[key_id] = counted.get(key_id, 0) + count
    return counted


def _show(progress: rotation.Progress) -> None:
    filled = WIDTH * progress.done // max(progress.of, 1) if progress.of else WIDTH
    bar = "#" * min(filled, WIDTH)
    print(f"\r[{bar:.<{WIDTH}}] {progress.done} of {progress.of}", end="", flush=True)
