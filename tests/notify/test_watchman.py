"""A test request goes the whole way, and silence about it is said in words."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import Engine

from contract.directory import Directory
from contract.events import SYNTHETIC
from contract.proof import HEADER, Proof
from notify import alerts, stuck, tested
from notify.delivery import Delivery
from notify.health import Rows, checks
from notify.parts import Parts
from notify.settings import Settings
from notify.sink import Sink
from notify.watchman import Watchman
from tests.notify.builders import a_directory, a_lead, rows, run

EVERY_S = 300
ALIVE = (
    "INSERT INTO heartbeat SELECT p, now() FROM"
    " unnest(ARRAY['notify-worker', 'notify-dispatcher', 'notify-relay']) p"
)


@dataclass
class Edge:
    """Stands for the edge with leads behind it, and for the operator's heartbeat address.

    A form is taken as leads takes it; the worker's part is done when `works`.
    """

    engine: Engine
    url: str = ""
    works: bool = True
    answers: int = 303
    page: int = 200
    pings: int = 0
    ping_answers: int = 200
    forms: list[tuple[str, bytes, str]] = field(default_factory=list)

    def take(self, host: str, body: bytes, proof: str) -> str:
        self.forms.append((host, body, proof))
        reference = uuid4().hex[:8].upper()
        lead = a_lead(clinic=SYNTHETIC, reference=reference, synthetic=True)
        with self.engine.begin() as connection:
            alerts.open_alert(connection, lead, None)
        if self.works:
            delivery = Delivery(engine=self.engine, providers={"sink": [Sink()]})
            for row in rows(self.engine, "SELECT id FROM message WHERE state = 'queued'"):
                delivery.send(row.id)
        return reference


@pytest.fixture
def edge(engine: Engine) -> Iterator[Edge]:
    edge = Edge(engine)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/ping":
                edge.pings += 1
                self._answer(edge.ping_answers)
            else:
                self._answer(edge.page)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if edge.answers != 303:
                self._answer(edge.answers)
                return
            reference = edge.take(self.headers["Host"], body, self.headers[HEADER])
            self._answer(303, Location=f"/thanks/?ref={reference}&t=x")

        def _answer(self, status: int, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    edge.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield edge
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Known:
    current: Directory = field(default_factory=a_directory)


def watchman(engine: Engine, settings: Settings, edge: Edge, *, within_s: float = 5) -> Watchman:
    told = replace(settings, edge_url=edge.url, heartbeat_url=f"{edge.url}/ping")
    return Watchman(
        engine=engine,
        reader=Known(),  # type: ignore[arg-type]
        settings=told,
        arrived_within_s=within_s,
    )


def later(engine: Engine, minutes: int) -> None:
    """Let time pass for what is there."""
    past = f"interval '{minutes} minutes'"
    for column in ("started_at", "told_at"):
        run(engine, f"UPDATE synthetic_check SET {column} = {column} - {past}")  # noqa: S608


def trouble(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return tested.standing(connection).trouble(EVERY_S)


def test_only_after_the_alert_has_arrived_the_heartbeat_is_sent(
    engine: Engine, settings: Settings, edge: Edge
) -> None:
    edge.works = False
    assert watchman(engine, settings, edge, within_s=0.3).work()
    assert edge.pings == 0
    [check] = rows(engine, "SELECT * FROM synthetic_check")
    assert check.told_at is None
    assert "its message is still queued" in check.failed
    later(engine, 2)
    edge.works = True
    assert watchman(engine, settings, edge).work()
    assert edge.pings == 1


def test_the_form_goes_to_the_clinics_own_host_with_a_proof_that_holds(
    engine: Engine, settings: Settings, edge: Edge
) -> None:
    watchman(engine, settings, edge).work()
    [(host, body, header)] = edge.forms
    proof = Proof.read(header)
    assert host == "envista.example"
    assert proof is not None
    assert proof.holds(settings.service_token, host=host, body=body, now=proof.at)


def test_it_is_due_every_five_minutes_and_sooner_after_a_failure(
    engine: Engine, settings: Settings, edge: Edge
) -> None:
    one, other = (watchman(engine, settings, edge) for _ in range(2))
    assert one.work()
    assert not other.work()
    later(engine, 4)
    assert not one.work()
    later(engine, 1)
    edge.answers = 503
    assert one.work()
    later(engine, 1)
    assert one.work()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"answers": 503}, "the form was not taken: the answer was 503"),
        ({"page": 404}, "the form page /contact/ answers 404"),
        ({"url": "http://127.0.0.1:1"}, "the edge does not answer"),
    ],
)
def test_where_it_stopped_is_said_with_the_host(
    engine: Engine, settings: Settings, edge: Edge, broken: dict[str, object], words: str
) -> None:
    for name, value in broken.items():
        setattr(edge, name, value)
    watchman(engine, settings, edge).work()
    [check] = rows(engine, "SELECT failed FROM synthetic_check")
    assert check.failed.startswith("envista.example: ")
    assert words in check.failed


def test_three_in_a_row_in_vain_are_told_of_wherever_an_operator_looks(
    engine: Engine, settings: Settings, parts: Parts, edge: Edge
) -> None:
    run(engine, ALIVE)
    watch = watchman(engine, settings, edge)
    watch.work()
    later(engine, 5)
    edge.answers = 503
    watch.work()
    assert trouble(engine) is None  # one alone may be a restart
    later(engine, 11)
    watch.work()
    said = trouble(engine)
    assert said is not None
    assert said.startswith("no test request has come through since 20")
    assert checks(settings, parts)["alerts_tested"]() == said
    with engine.connect() as connection:
        assert any(said in line for line in stuck.report(connection, every_s=EVERY_S))
    assert b"frontdesk_notify_alerts_untested_seconds 6" in metrics(engine)
    edge.answers = 303
    later(engine, 1)
    watch.work()
    assert trouble(engine) is None
    assert b"frontdesk_notify_alerts_untested_seconds 0" in metrics(engine)


def test_a_heartbeat_address_that_does_not_take_it_is_told_of(
    engine: Engine, settings: Settings, edge: Edge
) -> None:
    run(engine, ALIVE)
    edge.ping_answers = 404
    watchman(engine, settings, edge).work()
    with engine.connect() as connection:
        lines = stuck.report(connection, every_s=EVERY_S)
    assert lines == [
        "OPERATOR_HEARTBEAT_URL answers 404: check the address where it was made",
    ]


def test_it_is_counted_nowhere(engine: Engine, settings: Settings, edge: Edge) -> None:
    run(engine, ALIVE)
    before = metrics(engine)
    edge.works = False
    watchman(engine, settings, edge, within_s=0.1).work()
    run(engine, "UPDATE message SET created_at = now() - interval '1 h', due_at = created_at")
    with engine.connect() as connection:
        assert stuck.report(connection) == []
    assert counted(metrics(engine)) == counted(before)
    assert rows(engine, "SELECT * FROM captured") == []
    assert rows(engine, "SELECT * FROM texts_sent") == []


def test_leads_hears_of_it_like_of_any_other_alert(
    engine: Engine, settings: Settings, edge: Edge
) -> None:
    watchman(engine, settings, edge).work()
    said = [row.data["what"] for row in rows(engine, "SELECT data FROM outbox ORDER BY at")]
    assert said == ["opened", "told"]


def test_after_a_day_its_rows_are_gone_but_for_the_last_success(
    engine: Engine, settings: Settings, edge: Edge
) -> None:
    watch = watchman(engine, settings, edge)
    watch.work()
    later(engine, 5)
    watch.work()
    later(engine, 24 * 60)
    run(engine, "UPDATE alert SET opened_at = now() - interval '2 days'")
    run(engine, "UPDATE outbox SET at = now() - interval '2 days', confirmed_at = now()")
    alerts_of_patients = a_lead(reference="KEEPKEEP")
    with engine.begin() as connection:
        alerts.open_alert(connection, alerts_of_patients, None)
    watch.forget()
    assert len(rows(engine, "SELECT * FROM synthetic_check")) == 1
    for table in ("message", "attempt", "outcome", "step"):
        assert rows(engine, f"SELECT * FROM {table}") == [], table  # noqa: S608
    assert [row.reference for row in rows(engine, "SELECT reference FROM alert")] == ["KEEPKEEP"]
    assert {row.clinic for row in rows(engine, "SELECT clinic FROM audit")} == {"envista"}


def metrics(engine: Engine) -> bytes:
    registry = CollectorRegistry()
    registry.register(Rows(engine))
    return generate_latest(registry)


def counted(page: bytes) -> list[bytes]:
    """All but what is about tests, and the age of events: they are events like any other."""
    return [line for line in page.splitlines() if b"tested" not in line and b"outbox" not in line]
