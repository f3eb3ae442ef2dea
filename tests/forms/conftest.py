"""Forms as a browser meets them: built pages, a real leads service and its database, one port.

No whole copy: what is under test is between the patient's fingers and the row in the database.
"""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, create_engine, select, update
from werkzeug.serving import BaseWSGIServer, make_server

from content.answers import released
from content.building import build_sites
from content.publishing import compile_directory, next_directory
from content.sites import Addresses
from leads import tables, vault
from leads.__main__ import MIGRATIONS
from leads.app import build_app
from leads.settings import Settings
from plumbing.database import connect
from plumbing.migrations import migrate
from plumbing.sealing import Unsealable
from tests.chromium import PHONE, needs_chromium
from tests.content.conftest import CLINIC, Group
from tests.leads.conftest import a_reader, make_settings
from tests.servers import Postgres, free_port

EDGE = Path(__file__).parents[2] / "edge" / "Caddyfile"
NORTH = 'languages = ["en", "es"]\n' + CLINIC.replace(
    "contact = true", "contact = true\ncomments = true"
)
EASTON = """
[[locations]]
slug = "easton"
name = "Easton"
street = "5 Hill Street"
city = "Easton"
state = "CA"
postal_code = "93298"
phone = "(559) 555-0102"
zone = "America/Los_Angeles"
towns = ["Easton", "Low Ferry", "93298"]
[locations.hours]
mon = ["09:00-17:00"]
tue = ["09:00-17:00"]
wed = ["09:00-17:00"]
thu = ["09:00-17:00"]
fri = ["09:00-12:00"]
"""
SOUTH = (NORTH + EASTON).replace("North", "South").replace("north.", "south.")
SOUTH = SOUTH.replace("contact = true", 'contact = true\nconfirmations = ["text", "email"]')
ADVERT = NORTH.replace("North", "Advert").replace("north.", "advert.")
ADVERT = ADVERT.replace("contact = true", "contact = true\nclick_ids = true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/forms" in str(item.path) and {"page", "browser"} & set(item.fixturenames):
            item.add_marker(needs_chromium)


@dataclass
class Clinics:
    """The sites on one port, as the edge would serve them, and what is stored behind them."""

    port: int
    settings: Settings
    engine: Engine  # sees every row

    def url(self, path: str, clinic: str = "north") -> str:
        return f"http://{clinic}.localhost:{self.port}{path}"

    def stored(self, message: str) -> list[dict]:
        """The leads whose message is `message`, oldest first, with what was typed."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(tables.lead).order_by(tables.lead.c.received_at))
            every = [dict(row) for row in rows.mappings()]
        opened = [row | {"words": self._opened(row, "words")} for row in every]
        return [
            row | {"typed": self._opened(row, "name"), "contact": self._opened(row, "contact")}
            for row in opened
            if isinstance(row["words"], dict) and row["words"]["message"] == message
        ]

    def age(self, lead_id: UUID, by: timedelta) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                update(tables.lead)
                .where(tables.lead.c.id == lead_id)
                .values(received_at=tables.lead.c.received_at - by)
            )

    def events(self, name: str, lead_id: UUID) -> list[dict]:
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(tables.outbox.c.data, tables.outbox.c.sealed).where(
                    tables.outbox.c.name == name,
                    tables.outbox.c.data["lead_id"].astext == str(lead_id),
                )
            )
            return [row.data | {"sealed": row.sealed} for row in rows]

    def _opened(self, row: dict, column: str) -> object:
        try:
            return vault.open_column(
                self.settings.seal_keys, row["clinic"], row["id"], column, row[f"{column}_sealed"]
            )
        except Unsealable:
            return None


@pytest.fixture(scope="session")
def clinics(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Clinics]:
    folder, port = tmp_path_factory.mktemp("forms"), free_port()
    group = Group(folder)
    group.write("north/clinic.toml", NORTH)
    group.write("north/articles/sore-back.md", ARTICLE)
    group.write("south/clinic.toml", SOUTH)
    group.write("advert/clinic.toml", ADVERT)
    addresses = Addresses(demo=True, public_port=port)
    catalog = group.catalog()
    assert group.mistakes() == []
    build_sites(catalog, group.sites, addresses)
    directory = next_directory(compile_directory(catalog, addresses, None), None)
    owner, app_url = postgres.database("leads")
    migrate(owner, MIGRATIONS)
    settings = make_settings(folder, database_url=app_url)
    engine = connect(app_url, name="forms")
    app = build_app(settings, engine=engine, directory=a_reader(folder, directory))
    server = make_server("127.0.0.1", port, _edge(app, group.sites), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    superuser = create_engine(
        app_url.replace("leads_app@", "postgres@").replace("postgresql:", "postgresql+psycopg:")
    )
    yield Clinics(port=port, settings=settings, engine=superuser)
    _stop(server)
    engine.dispose()
    superuser.dispose()


ARTICLE = """\
+++
title = "A sore back"
description = "What helps."
+++

Keep moving. [Ask us](/contact/).
"""


def _edge(app: Callable, sites: Path) -> Callable:
    """What the edge does for a clinic's host: its headers, static pages, the rest to leads."""
    policy = re.search(r'Content-Security-Policy "([^"]+)"', EDGE.read_text())
    assert policy is not None

    def serve(environ: dict, start: Callable) -> object:
        def begin(status: str, headers: list, *more: object) -> object:
            safe = [("Content-Security-Policy", policy[1]), ("Referrer-Policy", "same-origin")]
            return start(status, [*headers, *safe], *more)

        path = environ["PATH_INFO"]
        if path.startswith(("/leads/", "/thanks")):
            return app(environ, begin)
        host = environ["HTTP_HOST"].split(":")[0]
        with app.app_context():
            answer = released(sites / "hosts" / host / "current", path.lstrip("/"))
        return answer(environ, begin)

    return serve


def _stop(server: BaseWSGIServer) -> None:
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone with scripts; what a page logs as an error fails the test."""
    yield from a_page(browser)


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A phone on which no script runs."""
    yield from a_page(browser, java_script_enabled=False)


def a_page(browser: Browser, **context: object) -> Iterator[Page]:
    made = browser.new_context(viewport=PHONE, locale="en-US", **context)  # type: ignore[arg-type]
    opened = made.new_page()
    opened.set_default_timeout(15_000)
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    made.close()
    assert wrong == []
