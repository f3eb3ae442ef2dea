"""What is to run: one entry of the table of processes."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from supervisor.probes import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A program to start once all that it comes `after` is ready, and to keep running.

    `argv[0]` is an absolute path.  `env` is all of its environment.  `ready`: it is ready when
    all of these pass; a process that runs only `once` is ready when it has ended with 0.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    after: tuple[str, ...] = ()
    ready: tuple[Probe, ...] = ()
    port: int | None = None
    once: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    identity: str = "self"  # see launch.py
    deadline_s: float = 60.0  # from its first start until it must be ready
