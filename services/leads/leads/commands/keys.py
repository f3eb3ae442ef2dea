"""python -m leads keys: the keys that seal what patients typed, and those by which it is found.

To change a key: put a new line first in its file, restart every process of leads, then ``keys
rotate``; when the old one names nothing any more, ``keys retire`` it, and only then remove its
line.
"""

import argparse
import sys
from collections.abc import Iterable

from sqlalchemy import Engine

from leads import rehash, rotation
from leads.settings import Settings
from plumbing.database import connect
from plumbing.spool import Spool

WIDTH = 30
WAYS_ON = {
    "rows": "keys rotate first",
    "API keys": "each is hashed anew when it is used next; or make another (leads key)",
    "Idempotency-Keys": "they end by themselves after 30 days",
    "people's recovery codes": "they make new ones after python -m leads staff reset",
}


def add_to(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="what", required=True)
    does.add_parser("list", help="how much names each key")
    does.add_parser("rotate", help="seal and hash everything anew with the first keys of the files")
    retire = does.add_parser("retire", help="let the services start without a key nothing names")
    retire.add_argument("key_id")
    retire.add_argument("--hash", action="store_true", help="a key of leads_hash_key")
    retire.add_argument(
        "--even-so",
        action="store_true",
        help="with --hash: also while API keys and codes of people name it, which end with it",
    )


def run(asked: argparse.Namespace, settings: Settings) -> int:
    # a count over every row of a clinic may take long, and nobody waits for it
    engine = connect(settings.database_url, name="leads-keys", pool_size=1, statement_timeout_s=600)
    try:
        if asked.what == "rotate":
            return max(_seal_anew(engine, settings), _hash_anew(engine, settings))
        if asked.what == "retire":
            retire = _retire_hash if asked.hash else _retire
            return retire(engine, settings, asked)
        return _list(engine, settings)
    finally:
        engine.dispose()


def _list(engine: Engine, settings: Settings) -> int:
    for key_id, count in sorted(_named(engine, settings).items()):
        known = "" if key_id in settings.seal_keys.fingerprints else "  NOT IN THE KEY FILE"
        current = "  (seals)" if key_id == settings.seal_keys.current else ""
        print(f"{key_id}: {count} values{current}{known}")
    for (what, key_id), count in sorted(rehash.named(engine).items()):
        known = "" if key_id in settings.hash_key.fingerprints else "  NOT IN THE KEY FILE"
        current = "  (hashes)" if key_id == settings.hash_key.key_id else ""
        print(f"{key_id or 'unknown'}: {count} hashed {what}{current}{known}")
    return 0


def _seal_anew(engine: Engine, settings: Settings) -> int:
    keys = settings.seal_keys
    return _sweep(rotation.rotate(engine, keys), f"values are sealed anew with {keys.current}")


def _hash_anew(engine: Engine, settings: Settings) -> int:
    keys = rehash.Keys(seal=settings.seal_keys, hash=settings.hash_key)
    return _sweep(rehash.rehash(engine, keys), f"rows are hashed anew with {keys.hash.key_id}")


def _sweep(steps: Iterable[rotation.Progress], done: str) -> int:
    progress = rotation.Progress(of=0)
    for progress in steps:
        _show(progress)
    print(f"\n{progress.done - progress.unreadable} {done}")
    if progress.unreadable:
        print(f"{progress.unreadable} could not be opened and stay as they are: keep every key")
        return 1
    return 0


def _retire(engine: Engine, settings: Settings, asked: argparse.Namespace) -> int:
    key_id = asked.key_id
    if key_id == settings.seal_keys.current:
        return _refused(f"{key_id} seals: put another line first in the key file and restart")
    if count := _named(engine, settings).get(key_id, 0):
        return _refused(f"{count} values are sealed with {key_id}: keys rotate first")
    return _forget(engine, "LEADS_SEAL_KEYS", key_id)


def _retire_hash(engine: Engine, settings: Settings, asked: argparse.Namespace) -> int:
    key_id = asked.key_id
    if key_id == settings.hash_key.key_id:
        return _refused(f"{key_id} hashes: put another line first in the key file and restart")
    left = {what: n for (what, named), n in rehash.named(engine).items() if named == key_id}
    if asked.even_so:
        left = {what: n for what, n in left.items() if what == "rows"}
    for what, count in sorted(left.items()):
        _refused(f"{count} {what} are hashed with {key_id}: {WAYS_ON[what]}")
    return 1 if left else _forget(engine, "LEADS_HASH_KEY", key_id)


def _refused(words: str) -> int:
    print(words, file=sys.stderr)
    return 1


def _forget(engine: Engine, setting: str, key_id: str) -> int:
    rotation.forget(engine, setting, key_id)
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
