"""Whatever is killed, frozen or flushed: every request that was told "sent" has its alert, once."""

import contextlib
import os
import signal
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest
import redis

from tests.builders import a_form
from tests.system.load import Patients
from tests.system.running import Copy, reference, running_copy, wait_until
from tests.system.test_one_request import CLINIC

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

LOCATIONS = ("marsden", "pell-crossing")
REDIS_AWAY_S = 12  # longer than the dispatcher waits before it sends by itself
SETTLED_WITHIN_S = 60
ONE_SHOT = {"provision", "leads-migrate", "notify-migrate"}


def keep_down(copy: Copy, name: str, seconds: float) -> None:
    """Kill a process again and again, so that it stays away although it is restarted."""
    until = time.monotonic() + seconds
    killed = 0
    while time.monotonic() < until:
        pid = copy.processes().get(name, killed)
        if pid != killed:
            with contextlib.suppress(ProcessLookupError):
                copy.signal(name, signal.SIGKILL)
            killed = pid
        time.sleep(0.02)


def freeze(copy: Copy, name: str, seconds: float) -> None:
    copy.signal(name, signal.SIGSTOP)
    time.sleep(seconds)
    copy.signal(name, signal.SIGCONT)


def flush_redis(copy: Copy) -> None:
    client = redis.Redis.from_url(copy.settings()["REDIS_URL"])
    client.flushall()
    client.close()


def kill_and_wait(copy: Copy, name: str) -> None:
    """SIGKILL one process; return when another runs in its place."""
    pid = copy.signal(name, signal.SIGKILL)
    assert wait_until(lambda: copy.processes().get(name, pid) != pid, seconds=20), name


def stored(copy: Copy) -> set[str]:
    with psycopg.connect(copy.settings()["LEADS_JOBS_DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT reference FROM lead WHERE NOT demo AND clinic <> '~synthetic'"
        ).fetchall()
    return {row[0] for row in rows}


def unsettled(copy: Copy, told: set[str]) -> set[str]:
    """References that were told and have no captured alert yet."""
    return told - copy.alerted()


def check(copy: Copy, patients: Patients) -> None:
    """Nobody lost, nobody doubled: what was told, what is stored, what was sent."""
    told = set(patients.told)
    assert told
    wait_until(lambda: not unsettled(copy, told), seconds=SETTLED_WITHIN_S)
    assert unsettled(copy, told) == set()
    assert told <= stored(copy)
    doubled = {key: count for key, count in copy.alerts().items() if count > 1}
    assert doubled == {}
    sent = Counter(str(sorted(fields.items())) for fields in patients.told.values())
    assert sent.most_common(1)[0][1] == 1, "one request was told two references"


def test_each_process_killed_in_turn(copy: Copy) -> None:
    names = sorted(set(copy.processes()) - {"supervisor"} - ONE_SHOT)
    assert len(names) == 12
    with Patients(copy=copy, host=CLINIC, locations=LOCATIONS, every_s=0.2, seed=1) as patients:
        for name in names:
            kill_and_wait(copy, name)
            time.sleep(0.5)
    check(copy, patients)


def test_redis_flushed_stopped_and_frozen(copy: Copy) -> None:
    with Patients(copy=copy, host=CLINIC, locations=LOCATIONS, every_s=0.2, seed=2) as patients:
        for _ in range(5):
            flush_redis(copy)
            time.sleep(0.5)
        keep_down(copy, "redis", REDIS_AWAY_S)
        time.sleep(5)
        freeze(copy, "redis", REDIS_AWAY_S)
    check(copy, patients)


def test_a_request_during_a_frozen_database_is_kept_on_disk_and_alerted_later(copy: Copy) -> None:
    children = copy.processes()["postgres"]
    copy.signal("postgres", signal.SIGSTOP)  # no new sessions; then every session there is
    frozen = [children, *_children_of(children)]
    for pid in frozen[1:]:
        _signal(pid, signal.SIGSTOP)
    try:
        start = time.monotonic()
        fields = a_form(location=LOCATIONS[0], message="while frozen")
        told = reference(copy.post(CLINIC, fields))
        assert time.monotonic() - start < 5
    finally:
        for pid in frozen:
            _signal(pid, signal.SIGCONT)
    assert wait_until(lambda: copy.alerts()[_key(copy, told)] == 1, seconds=60)
    assert reference(copy.post(CLINIC, fields)) == told


def test_without_the_sweep_alerts_are_lost(tmp_path: Path) -> None:
    """The guard of the tests above: what a worker was about to send is lost with it."""
    with running_copy(tmp_path, NOTIFY_SWEEP_SECONDS="0") as copy:
        with Patients(
            copy=copy, host=CLINIC, locations=LOCATIONS, every_s=0.08, seed=3
        ) as patients:
            for _ in range(10):
                kill_and_wait(copy, "notify-worker")
                time.sleep(1)
        told = set(patients.told)
        assert not wait_until(lambda: not unsettled(copy, told), seconds=15)


def _key(copy: Copy, told: str) -> tuple[str, str, str]:
    return next((key for key in copy.alerts() if key[0] == told), (told, "", ""))


def _children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in tasks.split()]


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
