"""The web processes as they are stopped."""

import signal
import subprocess
import sys
import time

import httpx

from tests.servers import free_port

SERVE = """
import gc, sys
from flask import Flask
from plumbing.web import serve

class Remnant:
    def __init__(self):
        self.itself = self
    def __del__(self):
        print("looked for garbage", flush=True)

def load():
    gc.disable()
    Remnant()
    return Flask("empty")

Remnant()
gc.disable()
serve(load, bind="127.0.0.1", port=int(sys.argv[1]), workers=1)
"""


def test_a_process_that_ends_does_not_look_for_garbage_first() -> None:
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
