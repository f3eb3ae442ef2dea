"""What it costs to take a request durably, beside the least that a durable form can be.

Processor time, of the web processes and the database together, on one server in one run: ours with
everything in it, ours into the spool while the database is away, and a bare Flask form.  Then the
time a patient waits at a steady rate while everything runs, and whether memory stays flat in ten
minutes of that.  Each is a part that can be asked for alone: the first two need an idle machine.
"""

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from urllib.parse import urlencode

from sqlalchemy import create_engine

from bench import bare_accept
from bench.figures import Figure, Measure
from bench.rig import Patients, a_rig
from faults.leads_rig import Rig, children, leads_rig, send, wait_until
from tests.builders import a_form
from tests.servers import free_port
from tests.system.running import Copy

CLIENTS = 8
TIMES = 3  # rounds; the cheapest counts, for others on the machine only ever add
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
RATE = 50.0
P99_MS = 150.0
GROWTH = 1.1


def measure(*, quick: bool, seed: int) -> list[Figure]:
    return [figure for part in PARTS.values() for figure in part(quick=quick, seed=seed)]


def costs(*, quick: bool, seed: int) -> list[Figure]:
    requests = 200 if quick else 2000
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, leads_rig(Path(folder)) as rig:
        send([rig.relay.pid], SIGSTOP)  # what it does is not what a patient waits for
        with bare_form(rig) as (bare_port, bare_pid):
            ours, bare = [], []
            for round_ in range(TIMES + 1):
                name = f"{seed} {round_}"
                ours.append(cost(rig, rig.web_port, rig.web.pid, requests, name))
                bare.append(cost(rig, bare_port, bare_pid, requests, name))
        rig.database.kill()
        spooled = [
            cost(rig, rig.web_port, rig.web.pid, requests, f"{seed} spool {round_}")
            for round_ in range(TIMES + 1)
        ]
        rig.database.start()
        send([rig.relay.pid], SIGCONT)
    least = min(bare[1:])  # the first round opens connections
    beside = f"bare form {least * 1000:.2f} ms"
    return [
        _beside("accept, everything in it", min(ours[1:]), least, beside),
        _beside("accept into the spool", min(spooled[1:]), least, beside),
    ]


def _beside(what: str, cost_s: float, least_s: float, beside: str) -> Figure:
    return Figure(
        what=f"CPU of an {what}",
        value=cost_s / least_s,
        unit="x",
        at_most=3.0,
        beside=f"{cost_s * 1000:.2f} ms, {beside}",
    )


def cost(rig: Rig, port: int, web: int, requests: int, name: str) -> float:
    """Seconds of processor time for each of `requests` that differ."""
    before = _used_s(rig, web)
    threads = [
        threading.Thread(target=_send, args=(rig, port, requests // CLIENTS, f"{name} {client}"))
        for client in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (_used_s(rig, web) - before) / (requests // CLIENTS * CLIENTS)


def _send(rig: Rig, port: int, requests: int, name: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {
        "Host": rig.clinic.hosts[0],
        "Content-Type": "application/x-www-form-urlencoded",
    }
    for number in range(requests):
        fields = a_form(
            message=f"{name} {number}",
            phone=f"(661) 555-{number % 10000:04}",
            submission_id=f"{name}-{number}-x".replace(" ", "-"),
        )
        connection.request("POST", "/leads/requests", urlencode(fields), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 303, answer.status
    connection.close()


def _used_s(rig: Rig, web: int) -> float:
    return sum(_cpu_s(pid) for pid in [web, *children(web), *rig.database.pids()])


def _cpu_s(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) * TICK_S


@contextmanager
def bare_form(rig: Rig) -> Iterator[tuple[int, int]]:
    """(its port, its pid); on the same database server, without the proxy."""
    name = rig.environ["LEADS_DATABASE_URL"].rpartition("/")[2]
    url = rig.database.server.url(name)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    bare_accept.metadata.create_all(engine)
    engine.dispose()
    port = free_port()
    with (rig.folder / "bare.log").open("wb") as log:
        # through the proxy as ours is: the same way to the server
        through = url.replace(f":{rig.database.server.port}/", f":{rig.proxy.port}/")
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.bare_accept", through, str(port)], stdout=log, stderr=log
        )
    try:
        wait_until(lambda: _listens(port))
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 404
    except OSError:
        return False
    finally:
        connection.close()


def waiting(*, quick: bool, seed: int) -> list[Figure]:
    """How long the slowest wait; every request is within its limits."""
    steady = _steadily(5.0 if quick else 60.0, quick=quick, seed=seed)
    return [
        steady.refused,
        Figure(
            what="POST to 303 p99, everything else running",
            value=statistics.quantiles(steady.took_ms, n=100)[98],
            unit="ms",
            at_most=None if quick else P99_MS,
            beside=steady.rate,
        ),
    ]


def memory(*, quick: bool, seed: int) -> list[Figure]:
    """A busy machine makes no difference to it."""
    steady = _steadily(5.0 if quick else 600.0, quick=quick, seed=seed)
    return [
        steady.refused,
        Figure(
            what="memory of the web processes, end beside start",
            value=steady.after_mb / steady.before_mb,
            unit="x",
            at_most=None if quick else GROWTH,
            beside=f"{steady.after_mb:.0f} MB, {steady.rate}",
        ),
    ]


PARTS: Mapping[str, Measure] = {"costs": costs, "waiting": waiting, "memory": memory}


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """What came of a steady rate.  `rate`: in words."""

    rate: str
    refused: Figure
    took_ms: list[float]
    before_mb: float
    after_mb: float


def _steadily(seconds: float, *, quick: bool, seed: int) -> Steady:
    rate, warm_s, clinics = (10.0, 1.0, 3) if quick else (RATE, 30.0, 20)
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
        a_rig(Path(folder), clinics=clinics) as rig,
    ):
        Patients(rig=rig, run=seed).send(rate=rate, seconds=warm_s)  # caches fill
        before = _resident_mb(rig.copy)
        patients = Patients(rig=rig, run=seed + 1)
        patients.send(rate=rate, seconds=seconds)
        after = _resident_mb(rig.copy)
    return Steady(
        rate=f"{rate:g}/s for {seconds:g} s over {clinics} clinics",
        refused=Figure(what="requests refused", value=patients.refused, unit="", at_most=0),
        took_ms=patients.took_ms,
        before_mb=before,
        after_mb=after,
    )


def _resident_mb(copy: Copy) -> float:
    pid = copy.processes()["leads"]
    pages = [int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in children(pid)]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6
