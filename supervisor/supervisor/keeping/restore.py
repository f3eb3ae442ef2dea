"""make restore: an installation out of a backup file and its recovery sheet.

Nothing is made before all of the file was read and found whole.  What may or may not have gone
out since the backup is held (python -m notify held), never sent by itself.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from supervisor.datadir import DataDir
from supervisor.keeping import KeepingError
from supervisor.keeping.archive import (
    DATABASES,
    MANIFEST,
    Manifest,
    copy,
    entries,
    opened,
    verified,
)
from supervisor.keeping.erasures import in_words, known_for
from supervisor.keeping.folders import place
from supervisor.keeping.keys import BACKUP_KEY, Keys, put_keys, read_sheet
from supervisor.keeping.local import LocalCopy, server_on, started, wait_for
from supervisor.keeping.orphans import orphans
from supervisor.keeping.postgres import Server
from supervisor.keeping.stack import OWN_SECRETS, STATES, Stack
from supervisor.prepare import prepare
from supervisor.process import Process
from supervisor.settings import Settings

Say = Callable[[str], None]
REPLAY = ("leads", "person", "replay")
RESTORED = "restored"  # what came out of a backup and has no other place


class Backup:
    """A backup that has been read once and is whole.  Raises KeepingError otherwise."""

    def __init__(self, path: Path, sheet: Path, *, erasures: str = "") -> None:
        self.erased = known_for(path, erasures)
        try:
            self.keys: Keys = read_sheet(sheet.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise KeepingError(f"{sheet}: the recovery sheet cannot be read") from error
        self._path = path
        self._key_id, self._key = next(iter(self.keys[BACKUP_KEY].items()))
        self.manifest: Manifest = verified(path, key_id=self._key_id, key=self._key)
        missing = [
            f"{name} {key_id}"
            for name, ids in self.manifest.keys.items()
            for key_id in ids
            if key_id not in self.keys.get(name, {})
        ]
        if missing:
            raise KeepingError(
                f"the recovery sheet is older than this backup: it lacks {', '.join(missing)}"
            )

    @contextmanager
    def unpacked(self, folder: Path) -> Iterator[Path]:
        """Every file under its name in `folder`; the databases are gone again at the end."""
        try:
            with opened(self._path, key_id=self._key_id, key=self._key) as stream:
                for name, content in entries(stream):
                    target = folder / name
                    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                    with target.open("wb") as file:
                        target.chmod(0o600)
                        copy(content, file)
            yield folder
        finally:
            for name in (*(f"{database}.dump" for database in DATABASES), MANIFEST):
                (folder / name).unlink(missing_ok=True)


def restore_locally(settings: Settings, backup: Backup, *, say: Say) -> None:
    """Make DATA_DIR: beside it first, so that it is there whole or not at all."""
    target = settings.data_dir
    if target.exists() and any(target.iterdir()):
        raise KeepingError(
            f"{target} is not empty, and a restore replaces nothing: move it away, or restore "
            "into another DATA_DIR"
        )
    beside = target.with_name(f"{target.name}.restoring")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        _make_data_dir(settings, beside, backup, say=say)
        if target.exists():
            target.rmdir()
        beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    for line in place(LocalCopy(settings).folders(), target / RESTORED):
        say(line)
    say(f"restored into {target}. Start it with: make run")


def restore_stack(stack: Stack, backup: Backup, *, say: Say) -> None:
    """Make secrets and volumes of the compose project; at the end only PostgreSQL runs."""
    root = Path.cwd()
    if volumes := stack.volumes():
        raise KeepingError(
            f"there is data already, and a restore replaces nothing: {', '.join(volumes)}"
        )
    for folder in (stack.secrets, root / RESTORED):
        if folder.is_dir() and any(folder.iterdir()):
            raise KeepingError(f"{folder} is not empty: move it away first")
    with backup.unpacked(root / RESTORED) as files:
        for line in place(stack.folders(), files, readable=True):  # containers mount them
            say(line)
        _put_secrets(stack, files, backup.keys)
        if (files / "secrets" / ".env").is_file() and not (root / ".env").exists():
            shutil.copy2(files / "secrets" / ".env", root / ".env")
            say(".env: restored")
        stack.start_database()
        stack.run_once("provision")
        with stack.server() as server:
            _load(server, files, backup.manifest)
            stack.run_once("leads-migrate")
            stack.run_once("notify-migrate")
            held = _hold_arguments(server, backup.manifest)
        say(stack.run_once("notify", "python", "-m", "notify", "held", *held).rstrip())
        said = stack.run_once("leads", "python", "-m", *REPLAY, stdin=backup.erased)
        say(in_words(backup.erased, said.rstrip()))
        for name in STATES:
            if (files / "state" / name).is_dir():
                stack.put_state(name, files / "state" / name)
    for name in ("secrets", "state"):
        shutil.rmtree(root / RESTORED / name, ignore_errors=True)
    if not any((root / RESTORED).iterdir()):
        (root / RESTORED).rmdir()
    say("restored. Start it with: make up")


def _make_data_dir(settings: Settings, root: Path, backup: Backup, *, say: Say) -> None:
    data = DataDir(root)
    data.take()
    put_keys(data.secrets, backup.keys)
    with backup.unpacked(root / RESTORED) as files:
        for name in STATES:
            if (files / "state" / name).is_dir():
                target = root / "spool" if name == "spool" else data.state(name)
                (files / "state" / name).rename(target)
        shutil.rmtree(files / "state", ignore_errors=True)
        _, table = prepare(_on(settings, root), data, say=say)
        steps = {process.name: process for process in table}
        postgres = steps["postgres"]
        with started(postgres.argv, postgres.identity, data, postgres.env):
            server = wait_for(server_on(postgres.port or 0, data))
            _run(steps["provision"])
            _load(server, files, backup.manifest)
            _run(steps["leads-migrate"])
            _run(steps["notify-migrate"])
            notify = steps["notify"]
            held = (*notify.argv[:3], "held", *_hold_arguments(server, backup.manifest))
            say(_run(notify, argv=held))
            leads = steps["leads"]
            said = _run(leads, argv=(*leads.argv[:2], *REPLAY), stdin=backup.erased)
            say(in_words(backup.erased, said))


def _put_secrets(stack: Stack, files: Path, keys: Keys) -> None:
    """Into the empty folder; `deploy/up secrets` makes the passwords that are missing."""
    stack.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    put_keys(stack.secrets, keys)
    for name in OWN_SECRETS:
        if (files / "secrets" / name).is_file():
            shutil.copyfile(files / "secrets" / name, stack.secrets / name)
    for path in stack.secrets.iterdir():  # containers read them; the folder keeps them private
        path.chmod(0o600 if path.name == BACKUP_KEY else 0o444)


def _load(server: Server, files: Path, manifest: Manifest) -> None:
    if server.version() < manifest.postgres:
        raise KeepingError(
            f"the backup is of PostgreSQL {manifest.postgres}; here is {server.version()}, which "
            "cannot read it"
        )
    for database in DATABASES:
        with (files / f"{database}.dump").open("rb") as dump:
            server.load(database, dump)


def _hold_arguments(server: Server, manifest: Manifest) -> list[str]:
    """What `python -m notify held` is told after a restore."""
    return [
        "after-restore",
        *("--leads-from", manifest.leads_from.isoformat()),
        *("--made-at", manifest.made_at.isoformat()),
        *(word for lead_id in orphans(server, manifest) for word in ("--without-lead", lead_id)),
    ]


def _on(settings: Settings, root: Path) -> Settings:
    """The same settings on another DATA_DIR."""
    values = {name: getattr(settings, name) for name in Settings.__dataclass_fields__}
    return Settings(**values | {"data_dir": root})


def _run(process: Process, *, argv: tuple[str, ...] | None = None, stdin: str = "") -> str:
    """Run it to its end; what it printed.  Raises KeepingError."""
    run = subprocess.run(
        argv or process.argv,
        input=stdin,
        env=dict(process.env),
        cwd=process.cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise KeepingError(f"{process.name} failed:\n{run.stdout}{run.stderr}".rstrip())
    return run.stdout.rstrip()
