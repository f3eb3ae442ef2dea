"""Redis stays away for ten minutes while patients write: alerts leave all the same.

The whole copy runs; Redis is killed as often as it is started.  Some patients write after it is
back.  Each request is told by e-mail and by text, once.  `REDIS_AWAY_S`: another time than 600 s.
"""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from bench.figures import Figure
from bench.progress import progress
from bench.rig import Patients, Rig, a_rig
from faults.alerts import copies
from faults.stages import stages
from tests.system.running import wait_until
from tests.system.test_faults import keep_down

AWAY_S, QUICK_AWAY_S = 600.0, 12.0
AFTER_S, QUICK_AFTER_S = 30.0, 4.0  # how long patients go on writing once it is back
EVERY_S = 1.0
WHILE_AWAY_S = 30.0  # an alert's way without Redis
AFTERWARDS_S = 15.0  # nothing later than this after its return
SETTLED_WITHIN_S = 120
MESSAGES = 2  # tell the first contact; what comes ten minutes later is of another step
SHOWN = 5  # of the slowest, stage by stage


@dataclass
class Absence:
    """Seconds since 1970.  `back`: Redis answers again; infinite while it does not."""

    gone: float = 0.0
    back: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message that a provider took; seconds since 1970."""

    reference: str
    stored: float
    at: float

    def waited_s(self, absence: Absence) -> float:
        """Since Redis is back, where it was received before; else since it was received."""
        if self.at < absence.back:
            return self.at - self.stored
        return self.at - max(self.stored, absence.back)


def measure(*, quick: bool, seed: int) -> list[Figure]:
    away_s = QUICK_AWAY_S if quick else float(os.environ.get("REDIS_AWAY_S", AWAY_S))
    after_s = QUICK_AFTER_S if quick else AFTER_S
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name, a_rig(Path(name), clinics=5) as rig:
        Patients(rig=rig, run=seed).send(rate=2, seconds=3)  # first connections, templates
        seconds = away_s + after_s
        with progress("requests", of=seconds / EVERY_S) as said:
            patients = Patients(rig=rig, run=seed + 1, said=said)
            with without_redis(rig, away_s) as absence:
                patients.send(rate=1 / EVERY_S, seconds=seconds)
        wait_until(lambda: not unsettled(rig, patients), seconds=SETTLED_WITHIN_S)
        return figures(rig, patients, absence)


@contextmanager
def without_redis(rig: Rig, seconds: float) -> Iterator[Absence]:
    """Redis goes now and is back after `seconds`, while the caller does something."""
    absence = Absence(gone=time.time())

    def stay_away() -> None:
        keep_down(rig.copy, "redis", seconds)
        assert wait_until(lambda: answers(rig), seconds=30), "Redis did not come back"
        absence.back = time.time()

    thread = threading.Thread(target=stay_away)
    thread.start()
    yield absence
    thread.join()


def answers(rig: Rig) -> bool:
    try:
        with redis.Redis.from_url(rig.copy.settings()["REDIS_URL"], socket_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def unsettled(rig: Rig, patients: Patients) -> set[str]:
    taken = rig.taken()
    return {reference for reference in patients.told if len(taken.get(reference, ())) < MESSAGES}


def figures(rig: Rig, patients: Patients, absence: Absence) -> list[Figure]:
    stored, taken = rig.stored(), rig.taken()
    told = [
        Told(reference=reference, stored=stored[reference], at=at)
        for reference in patients.told
        for at in sorted(taken.get(reference, []))[:MESSAGES]
    ]
    away = [one for one in told if one.at < absence.back]
    after = [one for one in told if one.at >= absence.back]
    slowest = sorted(told, key=lambda one: one.waited_s(absence), reverse=True)
    for lines in stages(rig, [one.reference for one in slowest[:SHOWN]]).values():
        print("\n".join(lines), flush=True)
    # a copy has the same Message-ID, or the very same words: each alert says its own reference
    doubled = copies(mail.id for mail in rig.mails.taken)
    doubled += copies(words for _at, words in rig.texts.times)
    return [
        Figure(
            what="requests not told sent",
            value=patients.refused,
            unit="",
            at_most=0,
            beside=f"{len(patients.told)} told, Redis away {absence.back - absence.gone:.0f} s",
        ),
        Figure(what="unsettled", value=len(unsettled(rig, patients)), unit="", at_most=0),
        Figure(what="messages sent twice", value=doubled, unit="", at_most=0),
        slowest_of("without Redis", away, absence, at_most=WHILE_AWAY_S),
        slowest_of("after its return", after, absence, at_most=AFTERWARDS_S),
        Figure(what="slowest answer to a form", value=max(patients.took_ms), unit="ms"),
    ]


def slowest_of(what: str, told: list[Told], absence: Absence, *, at_most: float) -> Figure:
    waited = sorted(one.waited_s(absence) for one in told)
    return Figure(
        what=f"slowest message {what}",
        value=waited[-1] if waited else 0.0,
        unit="s",
        at_most=at_most,
        beside=f"median {waited[len(waited) // 2]:.1f} s, n {len(waited)}" if waited else "n 0",
    )
