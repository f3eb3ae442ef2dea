"""The alerts files, and what stays in force when one is wrong."""

import logging
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from notify import alertfiles
from notify.alertfile import load_book
from notify.alertfiles import AlertFiles
from notify.parts import Parts
from notify.settings import Settings
from tests.notify.builders import an_event, rows

ROOT = Path(__file__).parents[2]
GOOD = """
[contacts.maria]
name = "Maria"
email = "maria@envista.example"
[locations.shafter]
tell = ["maria"]
"""
WRONG = """
colour = "green"
[contacts.Maria]
name = ""
email = "maria at envista"
[contacts.omar]
name = "Omar"
[contacts.ann]
name = "Ann"
sms = "555-0101"
[locations.shafter]
tell = ["mary", "ann", "ann"]
ring = true
[locations."San Diego"]
tell = []
"""


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.alerts_dir


@pytest.fixture
def files(settings: Settings, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> AlertFiles:
    monkeypatch.setattr(alertfiles, "LOOK_EVERY_S", 0)
    return AlertFiles(settings.alerts_dir, parts.engine, parts.reader)


def test_the_files_of_the_demo_clinics_have_no_mistake() -> None:
    book = load_book(ROOT / "alerts")
    assert book.problems == ()
    assert {clinic.clinic for clinic in book.clinics} >= {"foothill", "aldine-spine"}


def test_every_mistake_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "envista.toml").write_text(WRONG)
    (tmp_path / "Kosak.toml").write_text("[contacts")
    book = load_book(tmp_path)
    assert book.clinics == ()
    text = "\n".join(book.problems)
    assert all(p.startswith(("envista.toml: ", "Kosak.toml: ")) for p in book.problems)
    for part in (
        "unknown name 'colour'",
        "[contacts.Maria]: use lower-case",
        "[contacts.Maria]: add a name",
        "[contacts.Maria] email: must be an address",
        "[contacts.omar]: add email or sms",
        "[contacts.ann] sms: must be a number such as",
        "there is no [contacts.mary]",
        "a contact is there twice",
        "unknown name 'ring'",
        "[locations.San Diego]: must be a location's slug",
        "[locations.San Diego] tell: must be a list",
        "Kosak.toml: the file must be named after its clinic",
        "Kosak.toml: is not TOML",
    ):
        assert part in text
    assert "maria at envista" not in text


def test_a_file_with_a_mistake_keeps_what_was_loaded(
    folder: Path, files: AlertFiles, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "envista.toml").write_text(GOOD)
    files.load_if_changed()
    (folder / "envista.toml").write_text(WRONG)
    (folder / "kosak.toml").write_text(GOOD)
    files.load_if_changed()
    assert [r.levelno for r in caplog.records if "not loaded" in r.message][:1] == [logging.ERROR]
    assert rows(engine, "SELECT clinic, location FROM route ORDER BY 1") == [
        ("envista", "shafter"),
        ("kosak", "shafter"),  # another clinic's file is not held up
    ]


def test_a_file_that_is_gone_leaves_its_contacts(
    folder: Path, files: AlertFiles, engine: Engine
) -> None:
    (folder / "envista.toml").write_text(GOOD)
    files.load_if_changed()
    (folder / "envista.toml").unlink()
    files.load_if_changed()
    assert len(rows(engine, "SELECT 1 FROM route")) == 1


def test_a_changed_file_is_loaded(folder: Path, files: AlertFiles, engine: Engine) -> None:
    (folder / "envista.toml").write_text(GOOD)
    files.load_if_changed()
    text = GOOD.replace("contacts.maria", "contacts.omar").replace('"maria"', '"omar"')
    (folder / "envista.toml").write_text(text)
    files.load_if_changed()
    assert rows(engine, "SELECT key FROM route JOIN contact ON id = contact_id") == [("omar",)]
    assert rows(engine, "SELECT key FROM contact WHERE removed_at IS NULL") == [("omar",)]


def test_nothing_is_loaded_again_without_a_change(
    folder: Path, files: AlertFiles, engine: Engine
) -> None:
    (folder / "envista.toml").write_text(GOOD)
    for _ in range(3):
        files.load_if_changed()
    assert len(rows(engine, "SELECT 1 FROM audit WHERE what = 'contacts loaded'")) == 1


def test_a_new_file_reaches_the_leads_that_found_nobody(
    folder: Path, files: AlertFiles, engine: Engine, parts: Parts
) -> None:
    parts.inbox.take(an_event())
    (folder / "envista.toml").write_text(GOOD)
    files.load_if_changed()
    assert rows(engine, "SELECT address FROM message") == [("maria@envista.example",)]


def test_the_folder_is_looked_at_every_five_seconds_only(
    folder: Path, files: AlertFiles, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alertfiles, "LOOK_EVERY_S", 5)
    files.load_if_changed()
    (folder / "envista.toml").write_text(GOOD)
    files.load_if_changed()
    assert rows(engine, "SELECT 1 FROM route") == []
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 6)
    files.load_if_changed()
    assert len(rows(engine, "SELECT 1 FROM route")) == 1
