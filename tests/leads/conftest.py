"""A leads service on a real database, with a small release to fill."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from contract.directory import REDIS_KEY, Directory
from leads.__main__ import MIGRATIONS
from leads.app import build_app
from leads.settings import Settings
from plumbing.database import connect
from plumbing.documents import Reader, signed
from plumbing.migrations import migrate
from plumbing.sealing import HashKey, KeyRing
from plumbing.signing import SigningKey, VerifyKeys
from tests.builders import a_clinic, a_directory
from tests.servers import Postgres, a_key

FORM = """<title><?% if error_list %?>Error: <?% endif %?>Request</title>
<p class="notice"><?= notice ?></p>
<?% for field, message in error_list %?><a href="#<?= field ?>"><?= message ?></a><?% endfor %?>
<input name="name" value="<?= values.name ?>">
<textarea name="message"><?= values.message ?></textarea>
"""
THANKS = """<?% if valid %?><p id="reference"><?= reference ?></p><p id="promise"><?= promise ?></p>
<p><?= location.phone_display ?></p><?% else %?>No promise<?% endif %?>"""


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> str:
    """The app's URL of a migrated leads database."""
    owner, app = postgres.database("leads")
    migrate(owner, MIGRATIONS)
    return app


@pytest.fixture
def everything(migrated: str) -> Iterator[Engine]:
    """What a superuser sees: every row, whatever row-level security says."""
    engine = connect(migrated.replace("leads_app@", "postgres@"), name="tests-see")
    yield engine
    engine.dispose()


@pytest.fixture
def engine(migrated: str) -> Iterator[Engine]:
    """An engine of the app's role; earlier tests' leads are of other clinics or contents."""
    engine = connect(migrated, name="tests")
    yield engine
    engine.dispose()


@dataclass
class Leads:
    """The service under test; `engine` sees every row."""

    client: FlaskClient
    engine: Engine
    settings: Settings

    def post(self, fields: dict[str, str], *, host: str = "envista.example", **more: object):
        return self.client.post("/leads/requests", data=fields, base_url=f"http://{host}", **more)


def make_settings(tmp_path: Path, *, database_url: str, redis_url: str = "redis://127.0.0.1:1/0"):
    return Settings(
        bind="127.0.0.1",
        port=0,
        health_port=0,
        database_url=database_url,
        redis_url=redis_url,
        state_dir=tmp_path,
        spool_dir=tmp_path / "spool",
        sites_dir=tmp_path / "sites",
        notify_url="http://127.0.0.1:1",
        service_token="token",
        seal_keys=KeyRing.read(a_key()),
        event_keys=KeyRing.read(a_key()),
        hash_key=HashKey.read(a_key()),
        verify_keys=VerifyKeys.read(a_key()),
    )


def write_release(sites: Path, host: str) -> None:
    forms = sites / "hosts" / host / "current" / "_forms"
    forms.mkdir(parents=True)
    (forms / "contact.html").write_text(FORM)
    (forms / "contact@shafter.html").write_text("Shafter" + FORM)
    (forms / "thanks.html").write_text(THANKS)


def a_reader(tmp_path: Path, directory: Directory) -> Reader[Directory]:
    """A reader that has `directory` from its copy on disk, without any Redis."""
    key = SigningKey.read(a_key())
    copy = tmp_path / "directory.json"
    copy.write_bytes(signed(directory.to_json(), key))
    return Reader(
        redis_url="redis://127.0.0.1:1/0",
        key=REDIS_KEY,
        keys=VerifyKeys.read(key.public_line()),
        parse=Directory.from_json,
        copy=copy,
    )


@pytest.fixture
def leads(tmp_path: Path, engine: Engine, everything: Engine, migrated: str) -> Leads:
    settings = make_settings(tmp_path, database_url=migrated)
    write_release(settings.sites_dir, "envista.example")
    directory = a_directory(a_clinic(), a_clinic("spine", forms=()))
    app = build_app(settings, engine=engine, directory=a_reader(tmp_path, directory))
    return Leads(client=app.test_client(), engine=everything, settings=settings)
