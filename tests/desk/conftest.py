"""The desk of two clinics on a real database, with people who work there."""

import argparse
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pyotp
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select, text
from werkzeug.test import TestResponse

from contract.directory import Directory
from contract.events import MESSAGE_REQUESTED, Envelope
from leads import tables
from leads.__main__ import MIGRATIONS
from leads.app import build_app
from leads.settings import Settings
from leads.staff import commands
from notify.parts import MIGRATIONS as NOTIFY_MIGRATIONS
from plumbing.database import connect
from plumbing.envelopes import open_part
from plumbing.migrations import migrate
from tests.builders import a_clinic, a_directory, a_form
from tests.desk.notify_beside import Notify, notify_beside
from tests.leads.conftest import a_reader, make_settings
from tests.servers import Postgres

DESK = "http://desk.localhost"
PASSWORD = "three grey herons wait"


@pytest.fixture(scope="session")
def database(postgres: Postgres) -> str:
    """The app's URL of a migrated leads database."""
    owner, app = postgres.database("leads")
    migrate(owner, MIGRATIONS)
    return app


@pytest.fixture
def everything(database: str) -> Iterator[Engine]:
    """What a superuser sees; every table is empty at the start."""
    engine = connect(database.replace("leads_app@", "postgres@"), name="tests-see")
    with engine.begin() as connection:
        names = ", ".join(tables.metadata.tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    yield engine
    engine.dispose()


@pytest.fixture
def engine(database: str, everything: Engine) -> Iterator[Engine]:
    """An engine of the app's role."""
    engine = connect(database, name="tests")
    yield engine
    engine.dispose()


def jobs_of(database: str) -> Engine:
    """As the background jobs of leads.  `database`: the app's URL."""
    return connect(database.replace("leads_app@", "leads_jobs@"), name="jobs")


@pytest.fixture
def jobs(database: str) -> Iterator[Engine]:
    engine = jobs_of(database)
    yield engine
    engine.dispose()


def the_directory() -> Directory:
    return a_directory(
        a_clinic(),
        a_clinic("kosak", hosts=("kosak.example",)),
    )


@dataclass
class DeskUnderTest:
    app: Flask
    engine: Engine  # sees everything
    own: Engine  # the app's
    settings: Settings

    def link(self, *arguments: str) -> str:
        """What `python -m leads staff …` prints."""
        parser = argparse.ArgumentParser()
        commands.add_to(parser)
        asked = commands.parse(parser.parse_args(arguments), the_directory())
        return commands.answer(asked, self.own, self.settings)

    def add(self, email: str, role: str = "manager", *clinics: str) -> str:
        """The path of a sign-in link."""
        chosen = [part for slug in clinics for part in ("--clinic", slug)]
        link = self.link("add", "--email", email, "--role", role, *chosen)
        return link.removeprefix(self.settings.desk_url)

    def arrive(self, email: str, role: str = "manager", *clinics: str) -> "Colleague":
        """Somebody who came in by a demo link."""
        colleague = Colleague(self.app.test_client())
        answer = colleague.get(self.add(email, role, *clinics))
        assert answer.status_code == 303, answer.text
        return colleague

    def request(self, *, host: str = "envista.example", **fields: str) -> UUID:
        """A request that a patient sent; the id of its lead."""
        answer = self.app.test_client().post(
            "/leads/requests", data=a_form(**fields), base_url=f"http://{host}"
        )
        assert answer.status_code == 303, answer.text
        reference = answer.location.split("ref=")[1].split("&")[0]
        with self.engine.connect() as connection:
            found = connection.scalar(
                select(tables.lead.c.id).where(tables.lead.c.reference == reference)
            )
        assert isinstance(found, UUID)
        return found

    def row(self, lead_id: UUID) -> dict:
        with self.engine.connect() as connection:
            found = connection.execute(select(tables.lead).where(tables.lead.c.id == lead_id))
            return dict(found.mappings().one())

    def audit(self) -> list[tuple[str, str | None, UUID | None]]:
        event = tables.staff_event.c
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(event.what, event.clinic, event.lead_id).order_by(event.id)
            )
            return [tuple(row) for row in rows]

    def mails(self) -> list[tuple[dict, dict]]:
        """What notify is asked to send: the open and the sealed part of each event."""
        outbox = tables.outbox.c
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(outbox.id, outbox.name, outbox.at, outbox.data, outbox.sealed)
                .where(outbox.name == MESSAGE_REQUESTED)
                .order_by(outbox.at)
            )
            envelopes = [Envelope(**row) for row in map(dict, rows.mappings())]
        keys = self.settings.event_keys
        return [(envelope.data, open_part(keys, envelope)) for envelope in envelopes]

    def newest_link(self) -> str:
        """The path of the newest mail's link."""
        _, sealed = self.mails()[-1]
        return sealed["values"]["link"].removeprefix(self.settings.desk_url)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL of the app meanwhile: much of its time is made of it."""
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        event.listen(self.own, "before_cursor_execute", note)
        yield seen
        event.remove(self.own, "before_cursor_execute", note)

    def everything_stored(self) -> dict[str, str]:
        """A fingerprint of each table's rows, sessions and audit aside."""
        with self.engine.connect() as connection:
            return {
                name: connection.scalar(
                    select(
                        func.md5(func.string_agg(text("t::text"), text("'|' ORDER BY t::text")))
                    ).select_from(text(f"{name} AS t"))
                )
                for name in (
                    "lead",
                    "consent",
                    "lead_event",
                    "outbox",
                    "staff",
                    "sign_in_link",
                    "invitation",
                )
            }


@dataclass
class Colleague:
    """A browser."""

    client: FlaskClient
    base: str = DESK
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, base_url=self.base, headers=self.headers, **more)

    def post(self, path: str, **fields: str) -> TestResponse:
        """With the form key of this session, as our own pages send it."""
        if "form_key" not in fields:
            fields["form_key"] = self.form_key()
        return self.client.post(
            path,
            data=fields,
            base_url=self.base,
            headers=self.headers,
            buffered=True,  # a file that is streamed holds a connection until it is read
        )

    def form_key(self) -> str:
        found = re.search(r'name="form_key" value="([0-9a-f]+)"', self.get("/").text)
        return found.group(1) if found else ""

    def move(self, lead_id: UUID, name: str) -> TestResponse:
        return self.post(f"/leads/{lead_id}/moves", move=name)

    def page(self, path: str) -> BeautifulSoup:
        answer = self.get(path)
        assert answer.status_code == 200, answer.status_code
        return soup(answer)


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def words(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


Build = Callable[..., DeskUnderTest]


@pytest.fixture
def build(tmp_path: Path, engine: Engine, everything: Engine, database: str) -> Build:
    def made(*, directory: Directory | None = None, **changes: object) -> DeskUnderTest:
        settings = replace(make_settings(tmp_path, database_url=database), **changes)
        reader = a_reader(tmp_path, directory or the_directory())
        app = build_app(settings, engine=engine, directory=reader)
        return DeskUnderTest(app=app, engine=everything, own=engine, settings=settings)

    return made


@pytest.fixture
def desk(build: Build) -> DeskUnderTest:
    """The desk as `make run` starts it: a sign-in link opens it at once."""
    return build(demo=True)


@pytest.fixture
def strict(build: Build) -> DeskUnderTest:
    """The desk as in production."""
    return build(desk_host="desk.example", desk_url="https://desk.example")


@pytest.fixture(scope="session")
def notify_databases(postgres: Postgres) -> tuple[str, str]:
    """(owner's URL, app's URL) of a migrated notify database."""
    owner, app = postgres.database("notify")
    migrate(owner, NOTIFY_MIGRATIONS)
    return owner, app


@dataclass
class Office:
    """A desk and the notify that it asks."""

    desk: DeskUnderTest
    notify: Notify

    def manager(self, email: str = "ana@envista.example") -> Colleague:
        return self.desk.arrive(email, "manager", "envista")


@pytest.fixture
def office(build: Build, notify_databases: tuple[str, str], tmp_path: Path) -> Iterator[Office]:
    directory = the_directory()
    url = "http://desk.localhost:8000"
    with notify_beside(tmp_path / "notify", notify_databases, directory, desk_url=url) as notify:
        notify.write_file()
        yield Office(desk=build(demo=True, desk_url=url, notify_url=notify.url), notify=notify)


def a_colleague(desk: DeskUnderTest) -> Colleague:
    return Colleague(desk.app.test_client(), base=desk.settings.desk_url)


def code_now(secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(datetime.now(UTC).timestamp()), counter_offset=steps)


def nobody() -> UUID:
    """The id of a lead that is not there."""
    return uuid4()


@pytest.fixture
def stored(desk: DeskUnderTest) -> dict[str, UUID]:
    """A lead of each clinic, with a consent."""
    return {
        slug: desk.request(
            host=f"{slug}.example", name=f"Canary {slug}", message=slug, consent_text="on"
        )
        for slug in ("envista", "kosak")
    }
