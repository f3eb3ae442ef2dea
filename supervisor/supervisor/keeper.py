"""Keeps one process running: starts it, sees it die, starts it again, stops it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import Any

from supervisor.console import ProcessLog
from supervisor.process import Process

LAUNCH = Path(__file__).with_name("launch.py")
ASK_EVERY_S = 0.1
EARLY_DEATHS = 5  # this often it may end before it was ever ready
FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 5.0
HEALTHY_S = 60.0  # after a run this long the delay begins anew
DRAIN_S = 1.0  # for the last log lines of a process that has ended
PIECE_BYTES = 64 * 1024  # what a pipe holds
GATHER_S = 0.05  # so long lines may wait: looked at one by one they cost more than writing them


class Keeper:
    """One process and all that is known of it.

    `keep` runs as a task until `stop` or, for a process that runs only once, until its work is
    done; then `ended` is set.  A process that does not get ready is reported through
    `on_failure`, with the reason, and left as it is.  `pid` is that of the present run, or of
    the last one while it is being started again; `on_start` is called when it has changed.
    """

    def __init__(
        self,
        process: Process,
        *,
        log: ProcessLog,
        waiters: Executor,
        on_start: Callable[[], None],
        on_failure: Callable[["Keeper", str], None],
    ) -> None:
        self.process = process
        self.log = log
        self.pid: int | None = None
        self.ready = asyncio.Event()
        self.ended = asyncio.Event()
        self._waiters = waiters
        self._on_start = on_start
        self._on_failure = on_failure
        self._is_running = False
        self._stopping = asyncio.Event()
        self._next_look: asyncio.TimerHandle | None = None

    async def keep(self, after: Iterable["Keeper"]) -> None:
        try:
            for earlier in after:
                await _first_of(earlier.ready.wait(), self._stopping.wait())
            if self._stopping.is_set():
                return
            watch = asyncio.create_task(self._watch_start())
            await (self._run_once() if self.process.once else self._run_without_end())
            watch.cancel()
        finally:
            self.ended.set()
            self.log.close()

    def stop(self) -> None:
        self._stopping.set()
        self._signal(self.process.stop_signal)
        self._signal(signal.SIGCONT)  # somebody may have frozen it

    def kill(self) -> None:
        self._stopping.set()
        if self._is_running and self.pid is not None:
            _kill_group(self.pid)

    async def _run_once(self) -> None:
        code = await self._run()
        if code == 0:
            self.ready.set()
        elif code is not None and not self._stopping.is_set():
            self._fail(f"failed ({_ending(code)})")

    async def _run_without_end(self) -> None:
        delay_s = FIRST_DELAY_S
        early_deaths = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            code = await self._run()
            if code is None or self._stopping.is_set():
                return
            if not self.ready.is_set():
                early_deaths += 1
                if early_deaths == EARLY_DEATHS:
                    self._fail(f"ended {early_deaths} times before it was ready ({_ending(code)})")
                    return
            if time.monotonic() - started >= HEALTHY_S:
                delay_s = FIRST_DELAY_S
            self.log.note(f"ended ({_ending(code)}); starts again in {delay_s:.1f} s")
            await _first_of(asyncio.sleep(delay_s), self._stopping.wait())
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)

    async def _watch_start(self) -> None:
        """Set `ready` when all probes pass; report a failure when they have not in time."""
        try:
            async with asyncio.timeout(self.process.deadline_s):
                for probe in self.process.ready:
                    while not (self._is_running and await probe.passes()):  # noqa: ASYNC110 - it is asked
                        await asyncio.sleep(ASK_EVERY_S)
                if self.process.once:
                    await self.ready.wait()
        except TimeoutError:
            done = "done" if self.process.once else "ready"
            self._fail(f"was not {done} within {self.process.deadline_s:.0f} s")
        else:
            self.ready.set()

    async def _run(self) -> int | None:
        """Start it and wait for its end; its exit status as subprocess has it.

        None where it cannot be started at all; that has been reported.
        """
        loop = asyncio.get_running_loop()
        read_fd, write_fd = os.pipe()
        os.set_blocking(read_fd, False)
        try:
            program = self._start(write_fd)
        except OSError as error:
            os.close(read_fd)
            self._fail(f"cannot be started: {error}")
            return None
        finally:
            os.close(write_fd)
        self.pid = program.pid
        self._is_running = True
        self._on_start()
        output_ended = asyncio.Event()
        self._look(read_fd, output_ended)
        try:
            # a thread for each: so a death is seen at once on every system
            code = await loop.run_in_executor(self._waiters, program.wait)
            self._is_running = False
            _kill_group(program.pid)  # workers that outlive their master would hold its port
            with suppress(TimeoutError):
                await asyncio.wait_for(output_ended.wait(), DRAIN_S)
        finally:
            if self._next_look:
                self._next_look.cancel()
            loop.remove_reader(read_fd)
            os.close(read_fd)
        return code

    def _start(self, output_fd: int) -> subprocess.Popen[bytes]:
        launch = (sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), self.process.identity)
        return subprocess.Popen(
            [*launch, *self.process.argv],
            env=dict(self.process.env),
            cwd=self.process.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output_fd,
            stderr=output_fd,
            start_new_session=True,  # Ctrl-C is for the supervisor, which stops them in order
        )

    def _look(self, fd: int, ended: asyncio.Event) -> None:
        asyncio.get_running_loop().add_reader(fd, self._read, fd, ended)

    def _read(self, fd: int, ended: asyncio.Event) -> None:
        try:
            piece = os.read(fd, PIECE_BYTES)
        except BlockingIOError:
            return
        self.log.feed(piece)
        if len(piece) == PIECE_BYTES:
            return  # there may be more, and whoever writes it waits
        loop = asyncio.get_running_loop()
        loop.remove_reader(fd)
        if piece:
            self._next_look = loop.call_later(GATHER_S, self._look, fd, ended)
        else:
            ended.set()

    def _signal(self, number: signal.Signals) -> None:
        if self._is_running and self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _fail(self, reason: str) -> None:
        self._on_failure(self, f"{self.process.name} {reason}")


async def _first_of(*waits: Coroutine[Any, Any, Any]) -> None:
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
