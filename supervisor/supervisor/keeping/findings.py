"""What the doctor may find, each by one small question."""

import shutil
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from plumbing.sealing import KeyFileError, fingerprint, read_keys
from supervisor.keeping import KeepingError
from supervisor.keeping.archive import DATABASES
from supervisor.keeping.backup import LAST
from supervisor.keeping.keys import BACKUP_KEY, KEPT
from supervisor.keeping.names import look_up
from supervisor.keeping.postgres import Server

KEY_FILES = (*(name for name in KEPT if name != BACKUP_KEY), "directory_verify_keys")
PASSWORDS = ("postgres_password", "redis_password", "service_token")
SHORTEST = 16  # signs of a password that was made and not thought up
FREE_BYTES, FREE_PART = 2 * 10**9, 0.05
WAITING_S = 60
BACKUP_WITHIN = timedelta(hours=25)
FOR_OTHERS = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`do`: what to do about it; "": nothing is wrong, it is only to be known."""

    what: str
    do: str = ""


def of_keys(secrets: Path) -> list[Finding]:
    """Key files that are missing or no keys, and a folder that others may read."""
    if not secrets.is_dir():
        return [Finding(what=f"there are no secrets in {secrets}", do="make up, or make run")]
    found = [problem for name in KEY_FILES if (problem := _of_key(secrets / name))]
    for name in PASSWORDS:
        path = secrets / name
        if path.is_file() and len(path.read_text(encoding="utf-8").strip()) < SHORTEST:
            found.append(
                Finding(
                    what=f"{path} is shorter than {SHORTEST} signs: it can be guessed",
                    do="delete the file and start again: another one is made",
                )
            )
    if secrets.stat().st_mode & FOR_OTHERS:
        found.append(Finding(what=f"others may read {secrets}", do=f"chmod 700 {secrets}"))
    return found


def _of_key(path: Path) -> Finding | None:
    back = "put the file back, or take its key from the recovery sheet"
    try:
        read_keys(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Finding(what=f"the key file {path} is missing", do=back)
    except (OSError, UnicodeDecodeError, KeyFileError) as error:
        return Finding(what=f"the key file {path} cannot be used: {error}", do=back)
    return None


def of_fingerprints(server: Server, secrets: Path) -> list[Finding]:
    """Keys that rows were written with and that are not what they were, or gone."""
    found = []
    for database in DATABASES:
        for name, key_id, known in server.ask(
            database, "SELECT name, key_id, fingerprint FROM key_fingerprint ORDER BY name, at"
        ):
            path = secrets / name.lower()
            if _fingerprints(path).get(key_id) != known:
                found.append(
                    Finding(
                        what=f"{path} lacks the key {key_id} that rows are written with, or it is "
                        "another one now",
                        do="put the old file back, or take the key from the recovery sheet",
                    )
                )
    return found


def _fingerprints(path: Path) -> Mapping[str, str]:
    try:
        keys = read_keys(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, KeyFileError):
        return {}
    return {key_id: fingerprint(key) for key_id, key in keys.items()}


def of_waiting(server: Server) -> list[Finding]:
    """Events that nobody has confirmed for long, and messages held since a restore."""
    found = []
    age = "extract(epoch FROM coalesce(now() - min(at), '0 s'))::int"
    for database in DATABASES:
        row = server.ask(
            database,
            f"SELECT count(*), {age} FROM outbox WHERE confirmed_at IS NULL",  # noqa: S608 - of this file
        )[0]
        if int(row[1]) > WAITING_S:
            found.append(
                Finding(
                    what=f"{row[0]} events of {database} wait to be taken, the oldest {row[1]} s",
                    do=f"see the logs of {database}-relay and of the other side; nothing is lost",
                )
            )
    held = int(server.ask("notify", "SELECT count(*) FROM message WHERE state = 'held'")[0][0])
    if held:
        found.append(
            Finding(
                what=f"{held} messages are held since a restore: nobody is told of them",
                do="python -m notify held list, then release or drop them",
            )
        )
    return found


def of_providers(email: str, sms: str, *, demo: bool) -> list[Finding]:
    """Whether anybody would be told."""
    urls = [url for url in (*email.split(","), *sms.split(",")) if url.strip()]
    real = [url for url in urls if not url.strip().startswith("capture:")]
    if real:
        return []
    if demo:
        return [Finding(what="this is a demo: messages are captured, nobody would be told")]
    return [
        Finding(
            what="nobody would be told: no provider for e-mail or texts is set",
            do="make setup, or set NOTIFY_EMAIL_PROVIDERS (docs/providers.md)",
        )
    ]


def of_disk(path: Path) -> list[Finding]:
    usage = shutil.disk_usage(path)
    if usage.free >= max(FREE_BYTES, FREE_PART * usage.total):
        return []
    return [
        Finding(
            what=f"only {usage.free / 1e9:.1f} GB are free on the disk of {path}",
            do="make room: old backups, images (docker image prune), other programs' files",
        )
    ]


def of_last_backup(secrets: Path, *, demo: bool) -> list[Finding]:
    do = "" if demo else "make backup every night, and copy the file to another machine"
    try:
        made = datetime.fromisoformat((secrets / LAST).read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return [Finding(what="no backup was ever made", do=do)]
    age = datetime.now(UTC) - made
    if age <= BACKUP_WITHIN:
        return []
    return [Finding(what=f"the last backup is {age.total_seconds() / 3600:.0f} hours old", do=do)]


def of_hosts(hosts: Iterable[str], *, public_address: str = "") -> list[Finding]:
    """Names that lead nowhere, or not here.  They are looked up, nothing is sent to them."""
    names = look_up(hosts, public_address=public_address)
    return [Finding(what=name.what, do=name.do) for name in names if not name.here]


def clinic_hosts(clinics: Path) -> list[str]:
    """Every host in the clinic files; raises KeepingError for a file that cannot be read."""
    hosts: list[str] = []
    for path in sorted(clinics.glob("*/clinic.toml")):
        try:
            hosts += tomllib.loads(path.read_text(encoding="utf-8")).get("hosts", [])
        except (OSError, ValueError) as error:
            raise KeepingError(f"{path}: {error}") from error
    return hosts
