"""The keys without which a backup is worthless, and the sheet of paper that keeps them."""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from plumbing.sealing import KeyFileError, read_keys
from plumbing.signing import SigningKey
from supervisor.datadir import replace_file
from supervisor.keeping import KeepingError

BACKUP_KEY = "backup_key"
# file name -> what it is for, in the order of the sheet
KEPT: Mapping[str, str] = {
    BACKUP_KEY: "opens the backup files",
    "leads_seal_keys": "opens what patients typed",
    "leads_hash_key": "recognizes a request that is sent twice, and receipts",
    "event_seal_keys": "opens events under way",
    "directory_signing_key": "signs the clinic directory",
}
GROUP = 4
A_LINE = 6  # groups
HEADING = re.compile(r"^key (\w+) (\S+) check ([0-9a-f]{8})$")

Ring = dict[str, bytes]  # key id -> key, the first one in use
Keys = dict[str, Ring]  # by file name


def backup_key(folder: Path) -> tuple[str, bytes]:
    """The id and key in use, made now if there is none."""
    path = folder / BACKUP_KEY
    if not path.exists():
        encoded = base64.b64encode(secrets.token_bytes(32)).decode("ascii")
        replace_file(path, f"{secrets.token_hex(4)}:{encoded}\n")
    return next(iter(_ring(path).items()))


def keys_in(folder: Path) -> Keys:
    """All kept keys.  Raises KeepingError for one that is missing or no key."""
    return {name: _ring(folder / name) for name in KEPT}


def put_keys(folder: Path, keys: Keys) -> None:
    """Write the key files into an empty folder, with the public half of the signing key."""
    for name, ring in keys.items():
        replace_file(folder / name, "".join(f"{line}\n" for line in _lines(ring)))
    signing = SigningKey.read(_lines(keys["directory_signing_key"])[0])
    replace_file(folder / "directory_verify_keys", f"{signing.public_line()}\n")


def write_sheet(path: Path, keys: Keys, *, backup: str) -> None:
    """A text to print, for the owner's eyes only."""
    parts = [
        "FRONTDESK RECOVERY SHEET",
        "",
        f"Made {datetime.now(UTC):%Y-%m-%d %H:%M} UTC together with the backup {backup}.",
        "It opens this backup and every later one, until a key is changed.",
        "",
        "Whoever has this sheet and a backup can read what patients wrote. Print it, put the paper",
        "where only the right people can get at it, away from the backups, and delete this file.",
        "",
        "To restore onto an empty machine: type or scan the lines below into a text file, then",
        "",
        "    make restore FILE=the-backup SHEET=the-text-file",
        "",
    ]
    for name, ring in keys.items():
        for key_id, key in ring.items():
            parts += [f"# {KEPT[name]}", f"key {name} {key_id} check {_check(key)}", *_grouped(key)]
            parts.append("")
    replace_file(path, "\n".join(parts))


def read_sheet(text: str) -> Keys:
    """Raises KeepingError that names each line that is wrong, and what is missing."""
    keys: Keys = {}
    problems: list[str] = []
    for heading, body in _sections(text):
        name, key_id, check = heading
        key = _decoded(body)
        if key is None or _check(key) != check:
            problems.append(f"key {name} {key_id}: mistyped (its check is not {check})")
        else:
            keys.setdefault(name, {})[key_id] = key
    found = {name for (name, _, _), _ in _sections(text)}
    problems += [f"key {name}: not on the sheet" for name in KEPT if name not in found]
    problems += [f"key {name}: not a key that is known" for name in sorted(found - KEPT.keys())]
    if problems:
        raise KeepingError("the recovery sheet cannot be used:\n  " + "\n  ".join(problems))
    return keys


def _sections(text: str) -> list[tuple[tuple[str, str, str], str]]:
    """Each heading (name, id, check) with the signs that follow it."""
    sections: list[tuple[tuple[str, str, str], str]] = []
    for raw in text.splitlines():
        line = raw.strip()
        if heading := HEADING.match(line):
            sections.append(((heading[1], heading[2], heading[3]), ""))
        elif sections and line and not line.startswith("#"):
            sections[-1] = (sections[-1][0], sections[-1][1] + "".join(line.split()))
    return sections


def _decoded(body: str) -> bytes | None:
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        return None


def _ring(path: Path) -> Ring:
    try:
        return read_keys(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        raise KeepingError(f"the key file {path} is missing") from None
    except (OSError, UnicodeDecodeError, KeyFileError) as error:
        raise KeepingError(f"the key file {path} cannot be used: {error}") from error


def _lines(ring: Ring) -> list[str]:
    return [f"{key_id}:{base64.b64encode(key).decode('ascii')}" for key_id, key in ring.items()]


def _check(key: bytes) -> str:
    return hashlib.sha256(b"frontdesk sheet" + key).hexdigest()[:8]


def _grouped(key: bytes) -> list[str]:
    signs = base64.b64encode(key).decode("ascii")
    groups = [signs[at : at + GROUP] for at in range(0, len(signs), GROUP)]
    return ["    " + " ".join(groups[at : at + A_LINE]) for at in range(0, len(groups), A_LINE)]
