"""How long from a stored request to its captured alert, at a steady rate, on a copy of its own."""

import statistics
import tempfile
import threading
import time
from pathlib import Path

import psycopg

from bench.figures import Figure
from tests.builders import a_form
from tests.system.running import Copy, reference, running_copy, wait_until

HOST = "foothill.localhost"
LOCATIONS = ("marsden", "pell-crossing")


def measure(*, quick: bool, seed: int) -> list[Figure]:
    rate, seconds = (5.0, 2.0) if quick else (10.0, 30.0)
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
        running_copy(Path(folder) / "data") as copy,
    ):
        send(copy, rate=rate, seconds=3, run=seed)  # first connections, first templates
        answers = send(copy, rate=rate, seconds=seconds, run=seed + 1)
        told = [told for told, _took in answers]
        assert wait_until(lambda: set(told) <= copy.alerted(), seconds=60), "alerts are missing"
        return [
            *percentiles("POST to 303", [took * 1000 for _told, took in answers]),
            *percentiles("commit to capture", delays(copy, told)),
        ]


def send(copy: Copy, *, rate: float, seconds: float, run: int) -> list[tuple[str, float]]:
    """(reference, seconds until the answer) of each request, sent at fixed times, answered or not
    (open loop)."""
    answers: list[tuple[str, float]] = []
    threads = []
    start = time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, start + number / rate - time.monotonic()))
        fields = a_form(location=LOCATIONS[number % 2], message=f"{run} {number}")
        thread = threading.Thread(target=_send_one, args=(copy, fields, answers))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    return answers


def _send_one(copy: Copy, fields: dict[str, str], answers: list[tuple[str, float]]) -> None:
    start = time.monotonic()
    told = reference(copy.post(HOST, fields))
    answers.append((told, time.monotonic() - start))


def delays(copy: Copy, told: list[str]) -> list[float]:
    """Milliseconds from a lead's row to its first captured message; one clock, the database's."""
    settings = copy.settings()
    with psycopg.connect(settings["LEADS_JOBS_DATABASE_URL"]) as connection:
        leads = dict(
            connection.execute(
                "SELECT id::text, received_at FROM lead WHERE reference = ANY(%s)", [told]
            ).fetchall()
        )
    with psycopg.connect(settings["NOTIFY_DATABASE_URL"]) as connection:
        captured = connection.execute(
            "SELECT a.lead_id::text, min(c.at) FROM captured c"
            " JOIN message m ON m.id = c.message_id JOIN alert a ON a.id = m.alert_id"
            " GROUP BY a.lead_id"
        ).fetchall()
    return [(at - leads[lead]).total_seconds() * 1000 for lead, at in captured if lead in leads]


def percentiles(what: str, values: list[float]) -> list[Figure]:
    cuts = statistics.quantiles(values, n=100)
    return [
        Figure(what=f"{what} p{rank}", value=cuts[rank - 1], unit="ms", beside=f"n {len(values)}")
        for rank in (50, 95, 99)
    ]
