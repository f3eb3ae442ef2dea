"""The real processes of notify, with a real PostgreSQL, Valkey and Celery."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import redis
from sqlalchemy import Engine

from contract.directory import REDIS_KEY
from contract.events import TO_LEADS, TO_NOTIFY, Envelope
from notify.tables import METADATA
from plumbing.broker import Broker, producer_app
from plumbing.documents import Publisher
from plumbing.signing import SigningKey
from tests.notify.builders import (
    SEED,
    a_directory,
    a_lead,
    an_environment,
    an_event,
    eventually,
    rows,
)
from tests.servers import free_port, python

pytestmark = pytest.mark.integration

CANARY = "Xyzzy-Patient"
ALERTS = """
[contacts.maria]
name = "Maria"
email = "maria@envista.example"
sms = "+15595550101"
[locations."*"]
tell = ["maria"]
"""


class House:
    """Starts and stops processes of notify, each with a log file."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self._environ = environ | {"NOTIFY_PORT": str(self.port), "PATH": os.environ["PATH"]}
        self._environ |= {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *commands: str, **changes: str) -> None:
        for command in commands:
            environ = self._environ | {"HEALTH_PORT": str(free_port())} | changes
            with (self.folder / f"{command}.log").open("ab") as log:
                self._running[command] = subprocess.Popen(
                    python("-m", "notify", command),
                    env=environ,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def runs(self, command: str) -> bool:
        process = self._running.get(command)
        return process is not None and process.poll() is None

    def kill(self, command: str) -> None:
        process = self._running.pop(command)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self) -> dict[str, int]:
        """Exit codes after SIGTERM to each process itself."""
        for process in self._running.values():
            process.terminate()
        return {command: process.wait(20) for command, process in self._running.items()}

    def logs(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def captured(self) -> list[dict[str, object]]:
        answer = httpx.get(
            f"http://127.0.0.1:{self.port}/messages.json",
            headers={"Host": "captured.localhost:8000"},
        )
        return list(answer.raise_for_status().json())

    def ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz").status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture
def house(tmp_path: Path, database_url: str, broker_url: str) -> Iterator[House]:
    environ = an_environment(tmp_path, NOTIFY_DATABASE_URL=database_url, REDIS_URL=broker_url)
    (tmp_path / "alerts" / "envista.toml").write_text(ALERTS)
    house = House(tmp_path, environ)
    yield house
    for command in list(house._running):
        house.kill(command)


@pytest.fixture
def publish(broker_url: str) -> Callable[[Envelope], None]:
    """Leads' relay: puts an event on notify's queue."""
    broker = Broker(producer_app("leads", broker_url))

    def publish(envelope: Envelope) -> None:
        assert broker.send(TO_NOTIFY.take, envelope.to_json(), queue=TO_NOTIFY.queue)

    return publish


def contacts_loaded(engine: Engine) -> None:
    eventually(lambda: rows(engine, "SELECT 1 FROM route"))


def about_leads(house: House) -> list[dict[str, object]]:
    """What was sent, without the mails of the morning if it is one."""
    return [message for message in house.captured() if message["leads"]]


def everything(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return [connection.execute(table.select()).all() for table in METADATA.tables.values()]


def confirmations(url: str) -> list[UUID]:
    """What notify has confirmed to leads."""
    client = redis.Redis.from_url(url)
    raws = client.lrange(TO_LEADS.queue, 0, -1)
    client.close()
    assert isinstance(raws, list)
    found = [json.loads(raw) for raw in raws]
    return [
        UUID(event_id)
        for task in found
        if task["headers"]["task"] == TO_LEADS.confirm
        for event_id in json.loads(base64.b64decode(task["body"]))[0][0]
    ]


def test_a_lead_becomes_captured_messages_and_is_confirmed(
    house: House, engine: Engine, broker_url: str, publish: Callable[[Envelope], None]
) -> None:
    """All four processes; nothing that a patient typed anywhere."""
    Publisher(redis_url=broker_url, key=REDIS_KEY, signing_key=SigningKey.read(SEED)).publish(
        a_directory().to_json()
    )
    house.start("serve", "worker", "dispatcher", "relay")
    eventually(house.ready, seconds=40)
    event = an_event(a_lead())
    event = Envelope(
        id=event.id, name=event.name, at=event.at, data=event.data | {"name": CANARY}, sealed=CANARY
    )
    broken = event.to_json() | {"at": CANARY}  # an error whose text quotes it
    Broker(producer_app("x", broker_url)).send(TO_NOTIFY.take, broken, queue=TO_NOTIFY.queue)
    for _ in range(5):
        publish(event)
    eventually(lambda: len(about_leads(house)) == 2)
    eventually(lambda: "no envelope" in house.logs())
    email, sms = sorted(about_leads(house), key=lambda message: str(message["channel"]))
    assert email["subject"] == "New appointment request · Shafter · K7QF 2MPD"
    assert (sms["to"], sms["leads"], sms["kind"]) == ("+15595550101", ["K7QF2MPD"], "alert")
    eventually(lambda: event.id in confirmations(broker_url))
    eventually(lambda: len(rows(engine, "SELECT 1 FROM outbox WHERE tries > 0")) == 3)
    assert house.stop() == {"serve": 0, "worker": 0, "dispatcher": 0, "relay": 0}
    assert len(rows(engine, "SELECT 1 FROM alert")) == 1
    assert CANARY not in house.logs() + str(everything(engine))
    assert not [secret for secret in ("maria@", "5595550101") if secret in house.logs()]


def test_a_worker_killed_with_messages_in_hand_costs_seconds(
    house: House, engine: Engine, publish: Callable[[Envelope], None]
) -> None:
    house.start("serve", "worker", "dispatcher")
    contacts_loaded(engine)
    for number in range(40):
        publish(an_event(a_lead(reference=f"AAAA{number:04}")))
    eventually(lambda: len(rows(engine, "SELECT 1 FROM captured")) > 5, seconds=40)
    house.kill("worker")
    house.start("worker")
    eventually(lambda: len(rows(engine, "SELECT 1 FROM alert")) >= 6, seconds=30)
    eventually(
        lambda: not rows(engine, "SELECT 1 FROM message WHERE state <> 'accepted'"), seconds=40
    )
    assert rows(engine, "SELECT 1 FROM captured GROUP BY message_id HAVING count(*) > 1") == []


def test_what_is_no_task_holds_up_none_behind_it(
    house: House, engine: Engine, broker_url: str, publish: Callable[[Envelope], None]
) -> None:
    house.start("dispatcher")
    contacts_loaded(engine)
    broker = Broker(producer_app("x", broker_url))
    for task, argument in (
        ("no.such.task", "x"),
        (TO_NOTIFY.take_all, 7),
        (TO_NOTIFY.take_all, ["x"]),
        (TO_NOTIFY.take_all, [{"id": "\ud800"}]),
        (TO_NOTIFY.take, {}),
    ):
        assert broker.send(task, argument, queue=TO_NOTIFY.queue)
    publish(an_event())
    house.start("worker")
    eventually(lambda: len(rows(engine, "SELECT 1 FROM captured")) == 2, seconds=30)
    client = redis.Redis.from_url(broker_url)
    eventually(lambda: client.llen(TO_NOTIFY.queue) == client.hlen("unacked") == 0)
    client.close()
    assert house.stop() == {"dispatcher": 0, "worker": 0}


def test_what_is_no_message_at_all_costs_the_worker_a_start_and_nothing_else(
    house: House, engine: Engine, broker_url: str, publish: Callable[[Envelope], None]
) -> None:
    """Only who has the password of Redis can put it there.  Each is taken off the queue once."""
    house.start("dispatcher")
    contacts_loaded(engine)
    client = redis.Redis.from_url(broker_url)
    client.lpush(TO_NOTIFY.queue, b"no JSON", b'{"body": 1}')
    client.close()
    publish(an_event())

    def told() -> bool:
        if not house.runs("worker"):  # whoever runs it starts it again
            house.start("worker")
        return len(rows(engine, "SELECT 1 FROM captured")) == 2

    eventually(told, seconds=40)


def test_without_the_worker_and_redis_the_dispatcher_sends(house: House, engine: Engine) -> None:
    """Events by HTTP, nobody at the broker: the dispatcher does it all by itself."""
    house.start("serve", "dispatcher", REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    contacts_loaded(engine)
    with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:  # it may still start
        answer = client.post(
            f"http://127.0.0.1:{house.port}/internal/events",
            json=[an_event().to_json()],
            headers={"Authorization": "Bearer token"},
        )
    assert len(answer.json()["confirmed"]) == 1
    eventually(lambda: len(rows(engine, "SELECT 1 FROM captured")) == 2, seconds=25)


def test_settings_are_refused_with_every_mistake(tmp_path: Path) -> None:
    environ = an_environment(tmp_path, NOTIFY_SMS_PROVIDERS="pigeon://x", REDIS_URL="")
    answer = subprocess.run(
        [sys.executable, "-m", "notify", "dispatcher"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert answer.returncode == 2
    assert "REDIS_URL is missing" in answer.stderr
    assert "there is no provider 'pigeon' for sms (there is: capture://" in answer.stderr
