"""What patients wait for beside 500 clients that take for ever, of each kind, for a minute."""

import statistics
import tempfile
from functools import partial
from pathlib import Path

from bench.figures import Figure, Measure
from bench.rig import Patients, Rig, a_rig
from tests.system.slow_clients import KINDS, Site, slow_clients

RATE = 10.0  # requests a second, far below what is possible: what is measured is waiting
ANSWER_S = 5.0
BESIDE = 2.0  # times what the slowest wait without them


def _waits(*kinds: str, quick: bool, seed: int) -> list[Figure]:
    count, seconds = (50, 3.0) if quick else (500, 60.0)
    figures = []
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
        a_rig(Path(folder), clinics=3) as rig,
    ):
        _sent(rig, seed, seconds / 6)  # caches fill
        alone = _p99_ms(_sent(rig, seed + 1, seconds))
        site = Site(port=rig.copy.port, host=f"{rig.group.hosts[0]}:{rig.copy.port}")
        for number, kind in enumerate(kinds, start=2):
            with slow_clients(KINDS[kind], site, count):
                patients = _sent(rig, seed + number, seconds)
            figures += _beside(f"{count} slow clients ({kind})", patients, alone, quick=quick)
    return figures


def _sent(rig: Rig, run: int, seconds: float) -> Patients:
    patients = Patients(rig=rig, run=run)
    patients.send(rate=RATE, seconds=seconds)
    return patients


def _p99_ms(patients: Patients) -> float:
    return statistics.quantiles(patients.took_ms, n=100)[98]


def _beside(whom: str, patients: Patients, alone_ms: float, *, quick: bool) -> list[Figure]:
    p99 = _p99_ms(patients)
    return [
        Figure(what=f"refused beside {whom}", value=patients.refused, unit="requests", at_most=0),
        Figure(
            what=f"slowest answer beside {whom}",
            value=max(patients.took_ms) / 1000,
            unit="s",
            at_most=ANSWER_S,
            beside=f"{len(patients.took_ms)} requests",
        ),
        Figure(
            what=f"POST to 303 p99 beside {whom}",
            value=p99 / alone_ms,
            unit="x",
            at_most=None if quick else BESIDE,
            beside=f"{p99:.1f} ms, without them {alone_ms:.1f} ms",
        ),
    ]


def measure(*, quick: bool, seed: int) -> list[Figure]:
    return _waits(*KINDS, quick=quick, seed=seed)


PARTS: dict[str, Measure] = {kind: partial(_waits, kind) for kind in KINDS}
