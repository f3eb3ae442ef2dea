"""Starts a table of processes in order, keeps them running, stops them in reverse order."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from supervisor.console import Console, ProcessLog
from supervisor.datadir import DataDir, Running
from supervisor.keeper import Keeper
from supervisor.process import Process
from supervisor.progress import Progress

IN_TURN_S = 4.0  # so long a process waits at the end for those that need it
STOP_S = 8.0  # what has not ended by then is killed
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """All processes of one copy.

    A process stands in `table` below all that it comes `after`.  `run` returns the exit status:
    0 when it was asked to stop, 1 when a process could not be brought up.
    """

    def __init__(
        self,
        table: Sequence[Process],
        *,
        data: DataDir,
        console: Console,
        on_ready: Callable[[], None],
    ) -> None:
        check_order(table)
        self._data = data
        self._console = console
        self._progress = Progress(console)
        self._on_ready = on_ready
        self._stop = asyncio.Event()
        self._failure: tuple[Keeper, str] | None = None
        self._waiters = ThreadPoolExecutor(max_workers=len(table), thread_name_prefix="wait")
        width = max(len(process.name) for process in table)
        self._keepers = {
            process.name: Keeper(
                process,
                log=ProcessLog(
                    process.name,
                    width=width,
                    colour=number,
                    console=console,
                    file=data.log(process.name),
                ),
                waiters=self._waiters,
                on_start=self._write_processes,
                on_failure=self._fail,
            )
            for number, process in enumerate(table)
        }

    async def run(self) -> int:
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        try:
            async with asyncio.TaskGroup() as tasks:
                for keeper in self._keepers.values():
                    after = [self._keepers[name] for name in keeper.process.after]
                    tasks.create_task(keeper.keep(after))
                announcement = tasks.create_task(self._announce_ready())
                await self._stop.wait()
                announcement.cancel()
                self._show_logs(shown=True)
                self._explain_end()
                await self._stop_all()
        finally:
            self._progress.end()
            for keeper in self._keepers.values():
                keeper.kill()
            self._waiters.shutdown()
            self._data.write_processes([])
        return 1 if self._failure else 0

    async def _announce_ready(self) -> None:
        self._show_logs(shown=self._progress.begin())
        waits = [asyncio.create_task(_ready_name(keeper)) for keeper in self._keepers.values()]
        for done, wait in enumerate(asyncio.as_completed(waits), start=1):
            self._progress.step(f"{await wait} is ready", done=done, of=len(waits))
        self._progress.end()
        self._show_logs(shown=True)
        self._on_ready()

    def _show_logs(self, *, shown: bool) -> None:
        for keeper in self._keepers.values():
            keeper.log.is_shown = shown

    def _explain_end(self) -> None:
        self._progress.end()
        if self._failure is None:
            self._console.say("frontdesk: stopping")
            return
        keeper, reason = self._failure
        self._console.say(f"frontdesk: {reason}. It said last:")
        for line in list(keeper.log.last):
            self._console.say(f"    {line}")
        self._console.say(f"All of it: {self._data.log(keeper.process.name)}")

    async def _stop_all(self) -> None:
        stops = [asyncio.create_task(self._stop_in_turn(name)) for name in self._keepers]
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await asyncio.gather(*(keeper.ended.wait() for keeper in self._keepers.values()))
        for stop in stops:
            stop.cancel()
        for keeper in self._keepers.values():
            if not keeper.ended.is_set():
                self._console.say(f"frontdesk: {keeper.process.name} did not stop and is killed")
                keeper.kill()

    async def _stop_in_turn(self, name: str) -> None:
        """Stop a process when all that need it have ended, or take too long over it."""
        table = [keeper.process for keeper in self._keepers.values()]
        needed_by = [self._keepers[dependent].ended.wait() for dependent in dependents(name, table)]
        with suppress(TimeoutError):
            async with asyncio.timeout(IN_TURN_S):
                await asyncio.gather(*needed_by)
        self._keepers[name].stop()

    def _fail(self, keeper: Keeper, reason: str) -> None:
        if self._failure is None and not self._stop.is_set():
            self._failure = (keeper, reason)
        self._stop.set()

    def _write_processes(self) -> None:
        self._data.write_processes(
            [
                Running(name=keeper.process.name, pid=keeper.pid, port=keeper.process.port)
                for keeper in self._keepers.values()
                if keeper.pid is not None and not keeper.process.once
            ]
        )


def check_order(table: Sequence[Process]) -> None:
    """Raises ValueError for a process that comes after one that does not stand above it."""
    above: set[str] = set()
    for process in table:
        if missing := set(process.after) - above:
            raise ValueError(f"{process.name}: not above it: {', '.join(sorted(missing))}")
        above.add(process.name)


def dependents(name: str, table: Sequence[Process]) -> set[str]:
    """The processes that come after `name`, directly or not."""
    found = {name}
    for process in table:  # in order, so one pass is enough
        if found & set(process.after):
            found.add(process.name)
    return found - {name}


async def _ready_name(keeper: Keeper) -> str:
    await keeper.ready.wait()
    return keeper.process.name
