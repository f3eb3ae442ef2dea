"""Processes as they are stopped."""

import signal
import subprocess
import sys
import time

import httpx
import pytest

from tests.servers import free_port

REMNANT = """
import gc, sys

class Remnant:
    def __init__(self):
        self.itself = self
    def __del__(self):
        print("looked for garbage", flush=True)
"""
SERVE = f"""{REMNANT}
from flask import Flask
from plumbing.web import serve

def load():
    gc.disable()
    Remnant()
    return Flask("empty")

Remnant()
gc.disable()
serve(load, bind="127.0.0.1", port=int(sys.argv[1]), workers=1)
"""


LOOP = f"""{REMNANT}
from plumbing.loops import stop_on_signals

Remnant()
gc.disable()
stop = stop_on_signals()
print("runs", flush=True)
stop.wait()
"""


def test_a_web_process_that_ends_does_not_look_for_garbage_first() -> None:
    """On a busy machine that took longer than everything has to stop in."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port)], stdout=subprocess.PIPE, text=True
    )
    wait_until_it_answers(f"http://127.0.0.1:{port}/", seconds=60)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert "looked for garbage" not in said
    assert process.returncode == 0


WORKER = f"""{REMNANT}
from celery import signals
from plumbing.broker import worker_app
from plumbing.consumer import run_worker

def ready(**_):
    gc.disable()
    Remnant()
    print("runs", flush=True)

signals.worker_ready.connect(ready)
app = worker_app("ends", sys.argv[1])
sys.exit(run_worker(app, name="ends", queues=["ends"], concurrency=1, in_parent=int))
"""


@pytest.mark.integration
def test_a_queues_worker_that_ends_does_not_either(redis_url: str) -> None:
    assert "looked for garbage" not in said_until_the_end(WORKER, redis_url)


def test_a_loop_that_ends_does_not_either() -> None:
    assert "looked for garbage" not in said_until_the_end(LOOP)


def said_until_the_end(program: str, *arguments: str) -> str:
    """What `program` says after it is told to stop."""
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "runs\n"
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
        return said


def wait_until_it_answers(url: str, *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            httpx.get(url)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(url)
