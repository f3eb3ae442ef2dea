"""A worker that takes nothing although something waits is ended; an idle or a busy one is not."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGSTOP

import pytest
import redis

from plumbing.broker import Broker, producer_app
from plumbing.deaf import ENDED, Ears
from tests.plumbing.deaf_worker import QUEUE, TASK

DEAF_AFTER_S = 2.0


@pytest.fixture
def worker(redis_url: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.plumbing.deaf_worker", redis_url, str(DEAF_AFTER_S)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert said(process) == "ready"
    yield process
    process.kill()
    process.communicate()


def said(worker: "subprocess.Popen[str]") -> str:
    assert worker.stdout
    return worker.stdout.readline().strip()


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_worker_whose_child_hangs_ends_and_takes_it_along(
    worker: "subprocess.Popen[str]", redis_url: str
) -> None:
    broker = Broker(producer_app("tests", redis_url))
    time.sleep(DEAF_AFTER_S + 1.5)  # nothing waits: nothing is wrong
    broker.send(TASK, "first", queue=QUEUE)
    assert said(worker) == "first"
    (child,) = children(worker.pid)
    os.kill(child, SIGSTOP)
    for number in range(5):
        broker.send(TASK, f"more {number}", queue=QUEUE)
    assert worker.wait(30) == ENDED
    assert not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text()


def test_what_is_taken_now_and_then_and_a_broker_that_is_away_are_no_deafness() -> None:
    def away() -> bool:
        raise redis.ConnectionError

    now = 0.0
    ears = Ears(lambda: True, deaf_after_s=35, clock=lambda: now)
    lost = Ears(away, deaf_after_s=35, clock=lambda: now)
    for _ in range(4):
        ears.heard()
        now += 34
        assert not ears.are_deaf()
        assert not lost.are_deaf()
    now += 2
    assert ears.are_deaf()
    assert not lost.are_deaf()
