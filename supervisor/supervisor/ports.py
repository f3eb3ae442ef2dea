"""Ports on 127.0.0.1: the one that is asked for, and free ones for all others."""

import json
import random
import socket
from collections.abc import Sequence
from pathlib import Path

from supervisor.datadir import replace_file

LOOPBACK = "127.0.0.1"
# Below the range that systems hand out for outgoing connections, which could take one back.
PRIVATE_PORTS = range(20_000, 30_000)


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(names: Sequence[str], *, remembered: Path) -> dict[str, int]:
    """A free port for each of `names`: the one in the file `remembered` where it is still free."""
    earlier = _read(remembered)
    chosen: dict[str, int] = {}
    for name in names:
        wanted = earlier.get(name, 0)
        fresh = random.sample(PRIVATE_PORTS, 200)  # so many that one of them is free
        chosen[name] = next(
            port
            for port in (wanted, *fresh)
            if port in PRIVATE_PORTS and port not in chosen.values() and is_free(port)
        )
    replace_file(remembered, json.dumps(chosen, indent=1) + "\n")
    return chosen


def _read(path: Path) -> dict[str, int]:
    try:
        ports = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): int(port) for name, port in ports.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # nothing is lost: other ports are as good
