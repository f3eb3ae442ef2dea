"""make backup: one sealed file of everything that cannot be made again.

leads is dumped before notify.  Each dump is one moment of its database; what happens between
the two moments is in notify alone.  So every request in the backup has its alert there too, or
its event still waits in leads' outbox and is sent again, which notify's inbox absorbs.  The
other order would bring back requests that nobody is ever told about.  What this order brings
back is at worst an alert about a request that came in between: `restore` names each of them.

The spool comes before both: a record that is drained meanwhile is in the database too, and is
absorbed when it is drained again after a restore.  The other order would lose it.
"""

import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from plumbing.files import replace_file, sync_folder
from supervisor.keeping import KeepingError
from supervisor.keeping.archive import DATABASES, Manifest, Packer, verified
from supervisor.keeping.erasures import keep_beside, listed
from supervisor.keeping.keys import Keys, backup_key, keys_in, write_sheet
from supervisor.keeping.postgres import Server
from supervisor.keeping.sealed import SealedWriter

LAST = "last_backup"  # in the folder of secrets: when the last one was made


class Installation(Protocol):
    """What can be backed up."""

    kind: str

    @property
    def where(self) -> str: ...
    @property
    def secrets(self) -> Path: ...
    def folders(self) -> dict[str, Path]: ...
    def server(self) -> AbstractContextManager[Server]: ...
    def add_spool(self, packer: Packer) -> None: ...
    def add_state(self, packer: Packer) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    path: Path
    manifest: Manifest
    size: int


def back_up(installation: Installation, path: Path) -> Made:
    """Write the backup to `path`: all of it or nothing.  Raises KeepingError."""
    if path.exists():
        raise KeepingError(f"{path} is there already: choose another FILE")
    key_id, key = backup_key(installation.secrets)
    keys = keys_in(installation.secrets)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    try:
        with new.open("wb") as file:
            new.chmod(0o600)
            stream = SealedWriter(file, key_id=key_id, key=key)
            erased = _pack(installation, keys, Packer(stream))
            stream.finish()
            file.flush()
        manifest = verified(new, key_id=key_id, key=key)  # as a restore would read it
        keep_beside(path, erased)
        new.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise KeepingError(f"the backup was not made: {error.strerror}: {new.parent}") from error
    finally:
        new.unlink(missing_ok=True)
    _remember(installation.secrets, manifest, path)
    return Made(path=path, manifest=manifest, size=path.stat().st_size)


def print_sheet(installation: Installation, sheet: Path, backup: Path) -> None:
    if sheet.exists():
        raise KeepingError(f"{sheet} is there already: choose another SHEET")
    write_sheet(sheet, keys_in(installation.secrets), backup=backup.name)


def _pack(installation: Installation, keys: Keys, packer: Packer) -> list[str]:
    """Everything into the file; the lines of who was erased, which are kept beside it."""
    rows: dict[str, Mapping[str, int]] = {}
    installation.add_spool(packer)
    leads_from = datetime.now(UTC)
    with installation.server() as server:
        postgres = server.version()
        for database in DATABASES:
            # nameless: what is not sealed yet is gone with this process, however it ends
            with tempfile.TemporaryFile(dir=installation.secrets) as dump:
                server.dump(database, dump)
                packer.add(f"{database}.dump", dump)
                dump.seek(0)
                rows[database] = server.rows_in(dump)
        made_at = datetime.now(UTC)
        erased = listed(server)
        installation.add_state(packer)
    for name, folder in installation.folders().items():
        packer.add_folder(name, folder)
    packer.finish(
        Manifest(
            kind=installation.kind,
            version=version("frontdesk-supervisor"),
            postgres=postgres,
            leads_from=leads_from,
            made_at=made_at,
            rows=rows,
            keys={name: list(ring) for name, ring in keys.items()},
            files=dict(packer.files),
        )
    )
    return erased


def _remember(secrets: Path, manifest: Manifest, path: Path) -> None:
    text = f"{manifest.made_at.isoformat()} {path.name}\n"
    replace_file(secrets / LAST, text.encode())
