"""Whatever breaks while requests come in: what was told is stored, once, and told in time.

Patients send until they are told; each asks for something of their own.  Afterwards every
reference that was told must lead to one lead, and every request to one.
"""

import itertools
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import httpx
import psycopg
import redis

from bench.figures import Figure
from faults.commit_proxy import AFTER, BEFORE
from faults.leads_rig import Rig, is_small, leads_rig, send, wait_until
from leads import vault
from tests.builders import a_form

PATIENTS = 8
BREATH_S = 0.1  # between requests: what a run stores must fit the small disk with room to spare
ANSWER_S = 5.0
Fault = Callable[[Rig], None]


@dataclass
class History:
    """What clients saw.  `told`: request -> the references that it was told."""

    told: dict[str, set[str]] = field(default_factory=dict)
    sent: int = 0  # also those that nobody answered
    not_told: int = 0  # answers that said "not sent", and connections that broke
    slowest_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, request: str, reference: str | None, took_s: float) -> None:
        with self._lock:
            self.sent += 1
            if reference:
                self.told.setdefault(request, set()).add(reference)
            else:
                self.not_told += 1
            self.slowest_s = max(self.slowest_s, took_s)


def measure(*, quick: bool, seed: int) -> list[Figure]:
    hits, seconds = (3, 1.0) if quick else (20, 14.0)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, leads_rig(Path(folder)) as rig:
        history = History()
        for when in (BEFORE, AFTER):
            force(rig, history, f"{seed} {when}", hits, lambda when=when: rig.proxy.cut_next(when))
            force(
                rig,
                history,
                f"{seed} {when} killed",
                hits,
                lambda when=when: rig.proxy.cut_next(
                    when, lambda: send(rig.workers(), signal.SIGKILL)
                ),
            )
        forced = rig.proxy.hits
        for name, fault in faults(seconds, small=is_small(rig.disk)).items():
            with patients(rig, history, f"{seed} {name}"):
                time.sleep(seconds / 2)
                fault(rig)
                time.sleep(seconds / 2)
            print(f"    {name}: {history.sent} sent, slowest {history.slowest_s:.2f} s", flush=True)
        enough(rig, history, seed, 0 if quick else 10_000)
        return [
            Figure(what="commits cut", value=forced, unit=f"of {4 * hits}"),
            *check(rig, history),
        ]


def faults(seconds: float, *, small: bool) -> dict[str, Fault]:
    """What is done while patients send."""
    found: dict[str, Fault] = {
        "web killed": lambda rig: send(rig.workers(), signal.SIGKILL),
        "web stopped and started": lambda rig: rig.restart_web(),
        "one web process frozen": lambda rig: _frozen(rig.workers()[:1], 2.5),
        "database killed": lambda rig: _killed(rig, seconds),
        "database frozen": lambda rig: _frozen(rig.database.pids(), seconds),
        "database read-only": lambda rig: _read_only(rig, seconds),
        "redis killed": lambda rig: send([rig.redis.process.pid], signal.SIGKILL),
    }
    if small:
        found["database's disk full"] = lambda rig: _disk_full(rig, seconds)
    # a killed Redis stays away, so what needs one comes first
    return {
        "redis full": lambda rig: _redis(rig, lambda client: client.config_set("maxmemory", "1")),
        "redis flushed": lambda rig: _redis(rig, lambda client: client.flushall()),
        "redis frozen": lambda rig: _frozen([rig.redis.process.pid], seconds),
        **found,
    }


def _redis(rig: Rig, does: Callable[[redis.Redis], object]) -> None:
    client = redis.Redis.from_url(rig.redis.url)
    does(client)
    client.close()


def _frozen(pids: list[int], seconds: float) -> None:
    send(pids, signal.SIGSTOP)
    time.sleep(seconds)
    send(pids, signal.SIGCONT)


def _killed(rig: Rig, seconds: float) -> None:
    rig.database.kill()
    time.sleep(seconds)
    rig.database.start()


def _read_only(rig: Rig, seconds: float) -> None:
    rig.database.set_read_only("on")
    time.sleep(seconds)
    rig.database.set_read_only("off")


def _disk_full(rig: Rig, seconds: float) -> None:
    ballast = rig.disk / "ballast"
    with suppress(OSError), ballast.open("wb") as file:
        while True:
            file.write(b"\0" * 65536)
            file.flush()
    time.sleep(seconds)
    ballast.unlink()
    rig.database.revive()  # it stops rather than lie


def force(rig: Rig, history: History, name: str, hits: int, cut: Callable[[], None]) -> None:
    """Cut `hits` commits, one request at a time."""
    with httpx.Client(timeout=ANSWER_S + 5, trust_env=False) as client:
        for number in range(hits):
            before = rig.proxy.hits
            cut()
            until_told(rig, client, history, f"{name} {number}")
            # after a failure the database is left alone for a second
            wait_until(
                lambda before=before, number=number: (
                    rig.proxy.hits > before
                    or not until_told(rig, client, history, f"{name} {number} more {time.time()}")
                )
            )
            wait_until(rig.answers)


@contextmanager
def patients(rig: Rig, history: History, name: str) -> Iterator[None]:
    """Some who send one request after the other, until the end."""
    done = threading.Event()

    def one(patient: int) -> None:
        with httpx.Client(timeout=ANSWER_S + 5, trust_env=False) as client:
            for number in itertools.count():
                if done.is_set():
                    return
                until_told(rig, client, history, f"{name} {patient}-{number}")
                time.sleep(BREATH_S)

    threads = [threading.Thread(target=one, args=(patient,)) for patient in range(PATIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join(60)


def enough(rig: Rig, history: History, seed: int, submissions: int) -> None:
    """Go on without any fault until that many were told."""
    with patients(rig, history, f"{seed} calm"):
        wait_until(lambda: len(history.told) >= submissions, seconds=600)


def until_told(rig: Rig, client: httpx.Client, history: History, request: str) -> bool:
    """Send the same as often as it takes; every tenth is sent twice, as double clicks are."""
    fields = a_form(message=request)
    clicks, wanted = 0, 2 if crc32(request.encode()) % 10 == 0 else 1
    for _ in range(100):
        start = time.monotonic()
        try:
            answer = client.post(
                f"http://127.0.0.1:{rig.web_port}/leads/requests",
                data=fields,
                headers={"Host": rig.clinic.hosts[0]},
            )
        except httpx.TimeoutException:
            history.answered(request, None, time.monotonic() - start)
        except httpx.HTTPError:  # the process died: that is an answer, if no kind one
            history.answered(request, None, 0.0)
            time.sleep(0.1)
        else:
            told = answer.headers.get("Location", "").partition("ref=")[2].partition("&")[0]
            history.answered(request, told or None, time.monotonic() - start)
            clicks += bool(told)
            if clicks == wanted:
                return True
            time.sleep(0 if told else 0.1)
    return False


def check(rig: Rig, history: History) -> list[Figure]:
    """What clients were told beside what is stored, once the spool is empty."""
    wait_until(lambda: rig.waiting() == 0, seconds=120)
    with psycopg.connect(
        rig.database.server.url(rig.environ["LEADS_DATABASE_URL"].rsplit("/", 1)[1])
    ) as connection:
        leads = connection.execute(
            "SELECT id, clinic, reference, words_sealed FROM lead"
            " WHERE NOT demo AND clinic <> '~synthetic'"
        ).fetchall()
        aliases = connection.execute("SELECT reference, lead_id FROM lead_alias").fetchall()
        events = Counter(
            row[0]
            for row in connection.execute(
                "SELECT data->>'lead_id' FROM outbox WHERE name = 'lead.accepted.v1'"
            )
        )
    words = {
        lead_id: vault.open_column(rig.keys, clinic, lead_id, "words", sealed)["message"]  # type: ignore[index, call-overload]
        for lead_id, clinic, _, sealed in leads
    }
    found: dict[str, set[str]] = {}
    for reference, lead_id in [*((row[2], row[0]) for row in leads), *aliases]:
        found.setdefault(reference, set()).add(words[lead_id])
    lost = [
        request
        for request, references in history.told.items()
        if any(request not in found.get(reference, set()) for reference in references)
    ]
    copies = Counter(words.values())
    doubled = [request for request, count in copies.items() if count > 1]
    without_event = [lead_id for lead_id in words if events[str(lead_id)] != 1]
    aside = len(list((rig.folder / "spool" / "aside").glob("*")))
    return [
        Figure(
            what="told", value=len(history.told), unit="requests", beside=f"{history.sent} sent"
        ),
        Figure(what="lost", value=len(lost), unit="requests", at_most=0),
        Figure(what="doubled", value=len(doubled), unit="requests", at_most=0),
        Figure(what="without their one event", value=len(without_event), unit="leads", at_most=0),
        Figure(what="set aside", value=aside, unit="records", at_most=0),
        Figure(what="slowest answer", value=history.slowest_s, unit="s", at_most=ANSWER_S),
    ]
