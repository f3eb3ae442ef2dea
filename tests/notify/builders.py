"""Plain functions with defaults: what tests of notify are made of."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, Row, select, text

from contract.directory import Clinic, Directory, Location, Span
from contract.events import LEAD_ACCEPTED, Envelope, LeadAccepted
from notify import alerts, attempts, contacts
from notify.alertbook import ClinicAlerts, Contact
from notify.messages import Seen
from notify.providers import Accepted, Outgoing, ProviderError
from notify.settings import Settings
from notify.tables import alert, message
from plumbing.signing import SigningKey
from tests.servers import a_key

SEED = a_key("d1")
MARIA = Contact(key="maria", name="Maria", email="maria@envista.example", sms="+15595550101")
OMAR = Contact(key="omar", name="Omar", email="omar@envista.example", sms=None)


def an_environment(folder: Path, **changes: str) -> dict[str, str]:
    """A full set of settings for demo."""
    (folder / "state").mkdir(exist_ok=True)
    (folder / "alerts").mkdir(exist_ok=True)
    return {
        "FRONTDESK_DEMO": "1",
        "NOTIFY_DATABASE_URL": "postgresql://notify_app@127.0.0.1:1/notify",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "NOTIFY_STATE_DIR": str(folder / "state"),
        "ALERTS_DIR": str(folder / "alerts"),
        "LEADS_URL": "http://127.0.0.1:9",
        "SERVICE_TOKEN": "token",
        "DIRECTORY_VERIFY_KEYS": SigningKey.read(SEED).public_line(),
        "EVENT_SEAL_KEYS": a_key("e1"),
        "NOTIFY_EMAIL_PROVIDERS": "capture://",
        "NOTIFY_SMS_PROVIDERS": "capture://",
        "NOTIFY_WORKER_CONCURRENCY": "2",
    } | changes


def a_settings(folder: Path, *, database_url: str, redis_url: str) -> Settings:
    return Settings.from_env(
        an_environment(folder, NOTIFY_DATABASE_URL=database_url, REDIS_URL=redis_url)
    )


def a_directory() -> Directory:
    day = (Span(opens=clock(8), closes=clock(17)),)
    location = Location(
        slug="shafter",
        name="Shafter",
        street="1 Main Street",
        city="Shafter",
        state="CA",
        postal_code="93263",
        phone="+15595550110",
        phone_display="(559) 555-0110",
        zone="America/Los_Angeles",
        hours=(day, day, day, day, day, (), ()),
    )
    clinic = Clinic(
        slug="envista",
        name="Envista Medical",
        hosts=("envista.example",),
        phone=location.phone,
        phone_display=location.phone_display,
        locations=(location,),
        forms=("contact",),
    )
    return Directory(version=1, clinics=(clinic,))


def a_lead(**changes: Any) -> LeadAccepted:
    known: dict[str, Any] = {
        "lead_id": str(uuid4()),
        "clinic": "envista",
        "location": "shafter",
        "kind": "appointment",
        "reference": "K7QF2MPD",
        "received_at": "2026-11-22T02:31:00+00:00",
    }
    return LeadAccepted(**known | changes)


def an_event(lead: LeadAccepted | None = None) -> Envelope:
    return Envelope(
        id=uuid4(),
        name=LEAD_ACCEPTED,
        at=datetime.now(UTC),
        data=(lead or a_lead()).to_json(),
        sealed="c2VhbGVk",
    )


def the_contacts(engine: Engine, *people: Contact, location: str = "shafter") -> None:
    people = people or (MARIA,)
    keys = tuple(person.key for person in people)
    contacts.store(engine, ClinicAlerts(clinic="envista", contacts=people, tell={location: keys}))


def an_alert(engine: Engine, *people: Contact) -> UUID:
    """Opened for `people` (by e-mail alone if none is named): the id of its first message."""
    the_contacts(engine, *(people or (OMAR,)))
    lead = a_lead()
    with engine.begin() as connection:
        alerts.open_alert(connection, lead, None)
    with engine.connect() as connection:
        mine = select(message.c.id).join(alert).where(alert.c.lead_id == lead.lead_id)
        return connection.scalars(mine).first() or uuid4()


def rows(engine: Engine, sql: str) -> Sequence[Row[Any]]:
    with engine.connect() as connection:
        return connection.execute(text(sql)).all()


def run(engine: Engine, sql: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(sql))


def the_message(engine: Engine, message_id: UUID) -> Row[Any]:
    with engine.connect() as connection:
        return connection.execute(select(message).where(message.c.id == message_id)).one()


def eventually(reached: Callable[[], object], *, seconds: float = 15) -> None:
    """Poll until `reached()` is true."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.02)


def unknown_for(engine: Engine, *, seconds: float) -> None:
    """Let it be so long ago that it became unknown whether a message went out; it is due again."""
    back = text(
        "UPDATE message SET due_at = now(), unknown_since = now() - make_interval(secs => :seconds)"
        " WHERE unknown_since IS NOT NULL"
    )
    with engine.begin() as connection:
        connection.execute(back, {"seconds": seconds})


def as_sent(connection: Connection, seen: Seen, *, texts_per_day: int = 500) -> bool:
    """Claim a message that was looked at in the way in which whoever sends it does."""
    if seen.attempt_no or seen.alert_id is None:
        return attempts.claim(
            connection, seen, provider="fake", lease_s=10, texts_per_day=texts_per_day
        )
    claimed = attempts.claim_firsts(
        connection, {seen.outgoing.id: "fake"}, lease_s=10, texts_per_day=texts_per_day
    )
    return len(claimed) == 1


class FakeProvider:
    """Keeps a ledger of every call, and answers as it is told to.

    `answers` are used up first to last: an Accepted, a ProviderError to raise, or a function.
    """

    def __init__(self, name: str = "fake", *, idempotent: bool = False) -> None:
        self.name = name
        self.idempotent = idempotent
        self.calls: list[Outgoing] = []
        self.answers: list[Accepted | ProviderError | Callable[[], Accepted]] = []

    def send(self, message: Outgoing) -> Accepted:
        self.calls.append(message)
        answer = self.answers.pop(0) if self.answers else Accepted(f"ref-{len(self.calls)}")
        if isinstance(answer, ProviderError):
            raise answer
        return answer if isinstance(answer, Accepted) else answer()


class FakeFinder(FakeProvider):
    """Can be asked.  `found`: what it answers; an error is raised."""

    found: str | ProviderError | None = None
    asked = 0

    def find(self, _message: Outgoing) -> str | None:
        self.asked += 1
        if isinstance(self.found, ProviderError):
            raise self.found
        return self.found
