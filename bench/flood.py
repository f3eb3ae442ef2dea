"""One clinic floods; how long its burst takes, and what the others notice of it.

The flood comes through the edge as fast as it is taken, with the limits on requests raised for it;
patients of the other clinics write meanwhile.
"""

import tempfile
import threading
import time
from pathlib import Path

from bench.alerts import at, delays
from bench.figures import Figure
from bench.rig import Patients, Rig, a_rig
from tests.system.running import wait_until

DRAINED_WITHIN_S = 120.0
OTHERS_P95_MS = 1000.0
FLOOD_RATE, OTHERS_RATE = 200.0, 3.0  # requests a second
NO_LIMIT = {"LEADS_RATE_PER_CLINIC": "1000000", "LEADS_RATE_PER_ADDRESS": "1000000"}


def measure(*, quick: bool, seed: int) -> list[Figure]:
    burst = 100 if quick else 5000
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as name,
        a_rig(Path(name), clinics=4, texts=False, **NO_LIMIT) as rig,
    ):
        floods, *others = rig.group.hosts
        Patients(rig=rig, run=seed, hosts=tuple(others)).send(rate=OTHERS_RATE, seconds=4)
        flood = Patients(rig=rig, run=seed + 1, hosts=(floods,))
        patients = Patients(rig=rig, run=seed + 2, hosts=tuple(others))
        writing = threading.Thread(
            target=flood.send, kwargs={"rate": FLOOD_RATE, "seconds": burst / FLOOD_RATE}
        )
        start = time.monotonic()
        writing.start()
        patients.send(rate=OTHERS_RATE, seconds=max(burst / 100, 5.0))
        writing.join()
        drained = wait_until(lambda: told(rig, flood), seconds=3 * DRAINED_WITHIN_S)
        took_s = time.monotonic() - start
        wait_until(lambda: told(rig, patients), seconds=60)
        waited = delays(rig, patients)
    assert drained, "the burst did not drain"
    return [
        Figure(what="requests refused", value=flood.refused + patients.refused, unit="", at_most=0),
        Figure(
            what=f"burst of {len(flood.told)}, from its first request to its last mail",
            value=took_s,
            unit="s",
            beside=f"{len(flood.told) / took_s:.0f} a second; {DRAINED_WITHIN_S:g} s are promised",
        ),
        Figure(
            what="commit to provider of the others meanwhile, p95",
            value=at(waited, 95),
            unit="ms",
            beside=f"n {len(waited)}; {OTHERS_P95_MS:g} ms are promised",
        ),
    ]


def told(rig: Rig, patients: Patients) -> bool:
    return set(patients.told) <= rig.taken().keys()
