"""The installation of `make run`: everything in one DATA_DIR, running or not."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from supervisor.cluster import SUPERUSER, Cluster, programs
from supervisor.datadir import DataDir, DataDirError
from supervisor.identity import choose_identity
from supervisor.keeper import LAUNCH
from supervisor.keeping import KeepingError
from supervisor.keeping.archive import Packer
from supervisor.keeping.postgres import Server
from supervisor.ports import LOOPBACK, free_ports
from supervisor.settings import Settings

STATES = ("content", "leads", "notify")
START_S, STOP_S = 60.0, 60.0
ASK_EVERY_S = 0.1


class LocalCopy:
    """`data` need not exist; `exists` says whether it does."""

    kind = "data-dir"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.data = DataDir(settings.data_dir)

    @property
    def where(self) -> str:
        return f"DATA_DIR {self.data.root}"

    @property
    def secrets(self) -> Path:
        return self.data.secrets

    @property
    def exists(self) -> bool:
        return (self.data.postgres / "data").is_dir()

    def folders(self) -> dict[str, Path]:
        return {
            "clinics": self.settings.clinics_dir,
            "library": self.settings.library_dir,
            "alerts": self.settings.alerts_dir,
        }

    def ports(self) -> dict[str, int]:
        """Those of the processes that run now, by name; {} when none does."""
        path = self.data.run / "processes.json"
        rows = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
        return {row["name"]: row["port"] for row in rows if row["port"]}

    def add_spool(self, packer: Packer) -> None:
        packer.add_folder("state/spool", self.data.root / "spool")

    def add_state(self, packer: Packer) -> None:
        for service in STATES:
            packer.add_folder(f"state/{service}", self.data.root / "state" / service)

    @contextmanager
    def server(self) -> Iterator[Server]:
        """The running copy's server, else its database started for as long as this takes."""
        if not self.exists:
            raise KeepingError(f"there is no installation in {self.data.root}")
        try:
            self.data.take()
        except DataDirError:
            yield server_on(self.ports()["postgres"], self.data)
            return
        cluster = Cluster(folder=self.data.postgres, identity=choose_identity())
        cluster.prepare("", self.settings.surroundings)
        port = free_ports(["postgres"], remembered=self.data.run / "keeping-port.json")["postgres"]
        with started(
            cluster.argv(port), cluster.identity.launch, self.data, self.settings.surroundings
        ):
            yield wait_for(server_on(port, self.data))


@contextmanager
def started(
    argv: tuple[str, ...], identity: str, data: DataDir, environ: Mapping[str, str]
) -> Iterator[None]:
    """PostgreSQL on `data`, ended at the end."""
    with data.log("keeping-postgres").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), identity, *argv],
            env=dict(environ),
            cwd=data.postgres,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_S)


def server_on(port: int, data: DataDir) -> Server:
    password = (data.secrets / "postgres_password").read_text(encoding="ascii").strip()
    return Server(
        command=(
            str(programs() / "PROGRAM"),
            *("-h", LOOPBACK, "-p", str(port), "-U", SUPERUSER, "-w"),
        ),
        environ={"PGPASSWORD": password, "LANG": "C.UTF-8", "PATH": os.defpath},
    )


def wait_for(server: Server) -> Server:
    """Return when it answers.  Raises KeepingError."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            server.version()
        except KeepingError as error:
            if time.monotonic() > deadline:
                raise KeepingError(f"PostgreSQL did not start: {error}") from error
            time.sleep(ASK_EVERY_S)
        else:
            return server
