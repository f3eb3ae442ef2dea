"""How far the start has come: a moving line on a terminal, plain lines elsewhere."""

import time

from rich.console import Console as RichConsole
from rich.status import Status

from supervisor.console import Console


class Progress:
    """One start.  `begin` says whether log lines may be shown meanwhile."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._status: Status | None = None

    def begin(self) -> bool:
        if not self._console.is_terminal:
            return True
        self._status = RichConsole().status("starting")
        self._status.start()
        return False

    def step(self, what: str, *, done: int, of: int) -> None:
        elapsed_s = time.monotonic() - self._began
        if self._status:
            self._status.update(f"{what} [dim]({done} of {of}, {elapsed_s:.0f} s)[/]")
        else:
            self._console.say(f"frontdesk | {elapsed_s:5.1f} s  {what} ({done} of {of})")

    def end(self) -> None:
        if self._status:
            self._status.stop()
            self._status = None
