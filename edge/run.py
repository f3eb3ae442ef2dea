"""``python run.py CADDY CADDYFILE``: become Caddy, told of every change of its configuration.

Caddy can watch its configuration itself, and then makes the whole of it anew every second: with
500 hosts that is more than a core.  Looking at the times of the files costs next to nothing.

This process becomes Caddy; a child of it looks, and tells Caddy by SIGUSR1 (Caddy 2.11 and later).
Standard library only: it runs where nothing is installed.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

LOOK_EVERY_S = 1.0
STARTED_S = 5.0  # what changed while Caddy started may not have been heard: said once more


def times(folders: Iterable[Path]) -> frozenset[tuple[Path, int]]:
    """When each file and folder below `folders` was changed last."""
    return frozenset(
        (path, path.stat().st_mtime_ns)
        for folder in folders
        for path in (folder, *folder.rglob("*"))
        if path.exists()
    )


def watch(caddy: int, folders: tuple[Path, ...], seen: frozenset[tuple[Path, int]]) -> None:
    """Signal the process `caddy` at every change since `seen`, until it is no more our parent.

    Never without a change: each time Caddy closes the connections that rest.
    """
    started, remind_at = time.monotonic(), float("inf")
    while os.getppid() == caddy:
        time.sleep(LOOK_EVERY_S)
        try:
            now = times(folders)
        except FileNotFoundError:  # replaced while we looked
            continue
        remind = time.monotonic() >= remind_at
        if (now != seen or remind) and os.getppid() == caddy:
            os.kill(caddy, signal.SIGUSR1)
            is_young = now != seen and time.monotonic() < started + STARTED_S
            remind_at = started + STARTED_S if is_young else float("inf")
            seen = now


def main(caddy: str, caddyfile: str) -> None:
    """Replaces this process."""
    folders = (Path(caddyfile).parent, Path(os.environ["SITES_DIR"]) / "edge")
    seen = times(folders)  # before Caddy reads them
    # it would end a Caddy that does not listen yet
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    caddy_pid = os.getpid()
    if os.fork() == 0:
        watch(caddy_pid, folders, seen)
        os._exit(0)
    os.execvp(caddy, [caddy, "run", "--config", caddyfile, "--adapter", "caddyfile"])  # noqa: S606


if __name__ == "__main__":
    main(*sys.argv[1:])
