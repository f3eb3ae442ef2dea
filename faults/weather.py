"""Random faults on a running copy, one after another, each with its beginning and its end."""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException
from urllib.request import urlopen

import redis

from tests.system.running import Copy

ONE_SHOT = {"provision", "leads-migrate", "notify-migrate", "supervisor"}
STORES = {"postgres", "redis", "edge"}
BACK_WITHIN_S = 60
SICK = 0.7  # how many of the messages a provider in trouble treats badly
PROVIDER_FAULTS = ("busy", "lost", "junk", "slow", "hang", "cut")
HANG_S = 4.0


@dataclass(frozen=True, slots=True)
class Window:
    """One fault: seconds since 1970."""

    what: str
    start: float
    end: float


@dataclass
class Weather:
    """What is wrong just now, and what was.  Everything follows from `seed`."""

    copy: Copy
    seed: int
    windows: list[Window] = field(default_factory=list)
    mail_fault: str = ""
    text_fault: str = ""
    _choose: random.Random = field(init=False)
    _dice: random.Random = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._choose, self._dice = random.Random(self.seed), random.Random(self.seed + 1)

    def mail(self) -> str:
        """What the mail server does to the next message."""
        return self._or_well(self.mail_fault)

    def text(self) -> str:
        """What the text provider does to the next message."""
        return self._or_well(self.text_fault)

    def strike(self) -> Window:
        """One fault, from its beginning to the moment when what it hit works again."""
        what, act = self._choose.choice(self._faults())
        start = time.time()
        try:
            act()
        except TimeoutError as error:
            raise AssertionError(f"after '{what}' it did not come back") from error
        window = Window(what, start, time.time())
        self.windows.append(window)
        return window

    def _or_well(self, fault: str) -> str:
        with self._lock:
            return fault if fault and self._dice.random() < SICK else ""

    def _faults(self) -> list[tuple[str, Callable[[], None]]]:
        names = sorted(set(self.copy.processes()) - ONE_SHOT)
        kills = [(f"kill {name}", lambda name=name: self._kill(name)) for name in names]
        stops = [
            (f"stop {name}", lambda name=name: self._kill(name, signal.SIGTERM))
            for name in names
            if name not in STORES
        ]
        freezes = [(f"freeze {name}", lambda name=name: self._freeze(name)) for name in names]
        sick = [
            (
                f"{channel} {fault}",
                lambda channel=channel, fault=fault: self._sicken(channel, fault),
            )
            for channel in ("mail", "text")
            for fault in PROVIDER_FAULTS
        ]
        stores = [
            ("redis flushed", self._flush),
            ("redis full", self._fill),
            ("redis away", lambda: self._keep_down("redis")),
        ]
        return [*kills, *stops, *freezes, *sick, *stores * 3]

    def _kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        with contextlib.suppress(ProcessLookupError, KeyError):
            pid = self.copy.signal(name, number)
            self._until(lambda: self.copy.processes().get(name, pid) != pid)
        self._until(lambda: self._answers(name))

    def _freeze(self, name: str) -> None:
        with contextlib.suppress(ProcessLookupError, KeyError):
            pid = self.copy.signal(name, signal.SIGSTOP)
            time.sleep(self._choose.uniform(0.5, 4))
            os.kill(pid, signal.SIGCONT)

    def _keep_down(self, name: str) -> None:
        until, killed = time.monotonic() + self._choose.uniform(2, 6), 0
        while time.monotonic() < until:
            pid = self.copy.processes().get(name, killed)
            if pid != killed:
                with contextlib.suppress(ProcessLookupError):
                    self.copy.signal(name, signal.SIGKILL)
                killed = pid
            time.sleep(0.02)
        self._until(self._pongs)

    def _flush(self) -> None:
        with contextlib.suppress(redis.RedisError), self._redis() as client:
            client.flushall()

    def _fill(self) -> None:
        with contextlib.suppress(redis.RedisError), self._redis() as client:
            client.config_set("maxmemory", "1mb")
            time.sleep(self._choose.uniform(1, 4))
            client.config_set("maxmemory", "0")

    def _sicken(self, channel: str, fault: str) -> None:
        setattr(self, f"{channel}_fault", fault)
        time.sleep(self._choose.uniform(1, 4))
        setattr(self, f"{channel}_fault", "")
        if fault == "hang":
            time.sleep(HANG_S)

    def _redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.copy.settings()["REDIS_URL"], socket_timeout=3)

    def _pongs(self) -> bool:
        try:
            with self._redis() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _answers(self, name: str) -> bool:
        if name == "redis":
            return self._pongs()
        if name in STORES:
            return name in self.copy.processes()
        try:
            port = self.copy.port_of(name)
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
                return bool(answer.status)
        except (OSError, HTTPException, StopIteration):
            return False

    def _until(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + BACK_WITHIN_S
        while not reached():
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.1)
