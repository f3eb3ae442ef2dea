"""From a stored request to a mail server that has accepted its alert, at 20 a second.

E-mail alone, over connections that are kept; beside it, in the same run, a raw Celery worker that
hands as many mails to the same server over a connection that it keeps.
"""

import tempfile
from pathlib import Path

from bench.alerts import DRAINED_WITHIN_S, at, delays, percentiles, raw_delays
from bench.figures import Figure
from bench.rig import Patients, a_rig
from tests.system.running import wait_until

CLINICS = 5


def measure(*, quick: bool, seed: int) -> list[Figure]:
    rate, seconds = (5.0, 3.0) if quick else (20.0, 30.0)
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as name,
        a_rig(Path(name), clinics=CLINICS, texts=False) as rig,
    ):
        Patients(rig=rig, run=seed).send(rate=rate, seconds=3)  # first connections, templates
        patients = Patients(rig=rig, run=seed + 1)
        patients.send(rate=rate, seconds=seconds)
        drained = wait_until(
            lambda: set(patients.told) <= rig.taken().keys(), seconds=DRAINED_WITHIN_S
        )
        ours = delays(rig, patients)
        raw = raw_delays(rig, rate=rate, seconds=min(seconds, 10))
    assert drained, "alerts are missing"
    return [
        Figure(what="requests refused", value=patients.refused, unit="", at_most=0),
        *percentiles("raw worker, publish to SMTP acceptance", raw),
        *percentiles("commit to SMTP acceptance", ours),
        Figure(what="p50 beside a raw worker", value=at(ours, 50) / at(raw, 50), unit="x"),
        Figure(what="p99 beside a raw worker", value=at(ours, 99) / at(raw, 99), unit="x"),
    ]
