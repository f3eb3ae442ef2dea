"""From a stored request to a provider that has its alert: at a steady rate, over many clinics.

Requests arrive through the edge at fixed times, limits on; each alert leaves as an e-mail and as
a text.  Beside it a raw Celery worker that does nothing but hand as many mails to the same server
at the same rate, counted from the moment they were published.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench import raw_worker
from bench.figures import Figure
from bench.rig import Patients, Rig, a_rig
from tests.system.running import wait_until

CLINICS = 20
DRAINED_WITHIN_S = 120
PROMISED_MS = {50: 50.0, 99: 1000.0}  # rank -> at 50 requests a second on an idle machine


def measure(*, quick: bool, seed: int) -> list[Figure]:
    rate, seconds, clinics = (10.0, 3.0, 3) if quick else (50.0, 30.0, CLINICS)
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as name,
        a_rig(Path(name), clinics=clinics, commits=True) as rig,
    ):
        first = Patients(rig=rig, run=seed)  # first connections, templates
        first.send(rate=rate / 2, seconds=4)
        assert wait_until(lambda: all_told(rig, first), seconds=DRAINED_WITHIN_S)
        patients = Patients(rig=rig, run=seed + 1)
        patients.send(rate=rate, seconds=seconds)
        drained = wait_until(lambda: all_told(rig, patients), seconds=DRAINED_WITHIN_S)
        ours = delays(rig, patients)
        raw = raw_delays(rig, rate=rate, seconds=min(seconds, 10))
    assert drained, "alerts are missing"
    return [
        Figure(what="requests refused", value=patients.refused, unit="", at_most=0),
        *percentiles("raw worker, publish to mail server", raw),
        *percentiles("commit to provider, every message", ours, promised_ms=PROMISED_MS),
        Figure(what="p50 beside a raw worker", value=at(ours, 50) / at(raw, 50), unit="x"),
        Figure(what="p99 beside a raw worker", value=at(ours, 99) / at(raw, 99), unit="x"),
    ]


def all_told(rig: Rig, patients: Patients) -> bool:
    taken = rig.taken()
    return all(len(taken.get(reference, ())) >= 2 for reference in patients.told)


def delays(rig: Rig, patients: Patients) -> list[float]:
    """Milliseconds from a lead's commit (or the start of its transaction: `rig`) to each of its
    messages.
    """
    stored, taken = rig.stored(), rig.taken()
    return [
        (at - stored[reference]) * 1000
        for reference in patients.told
        for at in taken.get(reference, [])
    ]


def raw_delays(rig: Rig, *, rate: float, seconds: float) -> list[float]:
    app = raw_worker.raw_app(rig.copy.settings()["REDIS_URL"])
    published: dict[str, float] = {}
    with _raw_worker(rig):
        start = time.monotonic()
        for number in range(int(rate * seconds) + 1):
            time.sleep(max(0.0, start + number / rate - time.monotonic()))
            name = f"raw-{number}"
            published[name] = time.time()
            app.send_task(raw_worker.TASK, args=[name], queue=raw_worker.QUEUE)
        wait_until(lambda: published.keys() <= rig.taken().keys(), seconds=DRAINED_WITHIN_S)
    taken = rig.taken()
    return [(taken[name][0] - at) * 1000 for name, at in list(published.items())[1:]]


@contextmanager
def _raw_worker(rig: Rig) -> Iterator[None]:
    port = rig.mail_port
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.raw_worker", rig.copy.settings()["REDIS_URL"], str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def at(values: list[float], rank: int) -> float:
    return statistics.quantiles(values, n=100)[rank - 1]


def percentiles(
    what: str, values: list[float], *, promised_ms: Mapping[int, float] | None = None
) -> list[Figure]:
    """`promised_ms`: rank -> what is told beside it."""
    told = {rank: f"; {ms:g} ms are promised" for rank, ms in (promised_ms or {}).items()}
    return [
        Figure(
            what=f"{what} p{rank}",
            value=at(values, rank),
            unit="ms",
            beside=f"n {len(values)}{told.get(rank, '')}",
        )
        for rank in (50, 95, 99)
    ]
