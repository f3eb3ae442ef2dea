"""The desk with very many leads: list, search, report and export beside bare queries.

Full: 1,000,000 leads of 500 clinics on one PostgreSQL.  Each page is asked for in turn with a bare
query of the rows that it shows, so that a noisy machine slows both.
"""

import re
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from bench.figures import Figure
from bench.many_leads import NAMES, fill
from contract.directory import Directory
from leads.__main__ import MIGRATIONS
from leads.app import build_app
from leads.settings import Settings
from leads.staff import links, people
from plumbing.database import connect
from plumbing.migrations import migrate
from tests.builders import a_clinic, a_directory
from tests.leads.conftest import a_reader, make_settings
from tests.servers import Postgres, running_postgres

DESK = "http://desk.localhost"
LISTED_MS, REPORT_MS, EXPORT_MB = 150.0, 1000.0, 64.0


def measure(*, quick: bool, seed: int) -> list[Figure]:
    leads, clinics, rounds = (2_000, 10, 5) if quick else (1_000_000, 500, 60)
    slugs = [f"clinic-{n:03}" for n in range(clinics)]
    directory = a_directory(*(a_clinic(slug, hosts=(f"{slug}.example",)) for slug in slugs))
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        with running_postgres(folder) as server:
            owner, app_url = server.database("leads")
            migrate(owner, MIGRATIONS)
            settings = replace(make_settings(folder, database_url=app_url), demo=True)
            fill(_superuser(server, app_url), settings, slugs, leads, seed=seed)
            engine = connect(app_url, name="bench", pool_size=8)
            try:
                app = build_app(settings, engine=engine, directory=a_reader(folder, directory))
                desk = Desk(app=app, engine=engine, settings=settings, directory=directory)
                with psycopg.connect(_superuser(server, app_url), autocommit=True) as bare:
                    return [*pages(desk, bare, rounds), *export(desk)]
            finally:
                engine.dispose()


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The app, and people who come to it."""

    app: Flask
    engine: Engine
    settings: Settings
    directory: Directory

    def arrive(self, role: str, *clinics: str) -> FlaskClient:
        with self.engine.begin() as connection:
            person = people.add(
                connection, email=f"{uuid4()}@example.com", name=role, role=role, clinics=clinics
            )
            token = links.make(connection, self.settings.seal_keys, person.id)
        client = self.app.test_client()
        answer = client.get(f"/welcome/{token}", base_url=DESK)
        assert answer.status_code == 303, answer.text
        return client


def pages(desk: Desk, bare: "psycopg.Connection[tuple[object, ...]]", rounds: int) -> list[Figure]:
    """List, search and report, for a manager of one clinic and for the owner of all."""
    clinic = desk.directory.clinics[len(desk.directory.clinics) // 2].slug
    found: list[Figure] = []
    for who, client, where in (
        ("one clinic", desk.arrive("manager", clinic), f"clinic = '{clinic}'"),
        ("all clinics", desk.arrive("owner", "*"), "true"),
    ):
        home = client.get("/", base_url=DESK).text
        match = re.search(r'name="form_key" value="([0-9a-f]+)"', home)
        assert match
        query = {"for": NAMES[0], "form_key": match.group(1)}
        open_rows = f"SELECT * FROM lead WHERE {where} AND state = 'new' ORDER BY received_at"  # noqa: S608
        a_month = (
            f"SELECT count(*) FROM lead WHERE {where} AND received_at > now() - '60 d'::interval"  # noqa: S608
        )
        for what, ask, sql, bound in (
            (
                "list",
                lambda c=client: c.get("/", base_url=DESK),
                f"{open_rows} LIMIT 50",
                LISTED_MS,
            ),
            (
                "search",
                lambda c=client, q=query: c.post("/search", data=q, base_url=DESK),
                f"{open_rows} LIMIT 50",
                LISTED_MS,
            ),
            (
                "report",
                lambda c=client: c.get("/report?days=60", base_url=DESK),
                a_month,
                REPORT_MS,
            ),
        ):
            times, others = interleaved(ask, lambda s=sql: bare.execute(s).fetchall(), rounds)
            p95 = statistics.quantiles(times, n=20)[-1]
            base = statistics.median(others)
            ratio = statistics.median(times) / base
            beside = f"median {statistics.median(times):.0f} ms, {ratio:.1f} x the bare query's"
            found.append(
                Figure(
                    what=f"{what} of {who} p95",
                    value=p95,
                    unit="ms",
                    at_most=bound,
                    beside=f"{beside} {base:.1f} ms",
                )
            )
    return found


def interleaved(
    one: Callable[[], object], other: Callable[[], object], rounds: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of each, asked for in turn; the first round warms up and is left out."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for kept, ask in zip(times, (one, other), strict=True):
            start = time.perf_counter()
            answer = ask()
            if number:
                kept.append((time.perf_counter() - start) * 1000)
            assert getattr(answer, "status_code", 200) == 200, answer
    return times


def export(desk: Desk) -> list[Figure]:
    """An export of everything, read as it comes."""
    client = desk.arrive("owner", "*")
    home = client.get("/", base_url=DESK).text
    match = re.search(r'name="form_key" value="([0-9a-f]+)"', home)
    assert match
    tracemalloc.start()
    start = time.perf_counter()
    answer = client.post(
        "/export", data={"days": "7", "form_key": match.group(1)}, base_url=DESK, buffered=False
    )
    lines = sum(part.count(b"\r\n") for part in answer.response)
    answer.close()
    seconds = time.perf_counter() - start
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return [
        Figure(
            what="memory of an export",
            value=most,
            unit="MB",
            at_most=EXPORT_MB,
            beside=f"{lines} lines in {seconds:.1f} s with tracing on",
        )
    ]


def _superuser(server: Postgres, app_url: str) -> str:
    return server.url(app_url.rsplit("/", 1)[1])
