"""What an operator asks on the command line, as a process of its own."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from contract.directory import REDIS_KEY
from notify import alertfiles
from notify.alertfile import load_book
from notify.alertfiles import AlertFiles
from notify.moments import moment
from notify.parts import Parts
from notify.settings import Settings
from plumbing.documents import Publisher
from plumbing.signing import SigningKey
from tests.notify.builders import SEED, a_directory, an_environment, an_event, rows, run
from tests.servers import python

FILE = """
[contacts.maria]
name = "Maria"
email = "maria@envista.example"
sms = "+15595550101"
[contacts.omar]
name = "Omar"
email = "omar@envista.example"
[locations.shafter]
tell = ["maria", "omar"]
"""
WAYS = "e-mail maria@envista.example; text +15595550101"
PLACE = ("--clinic", "envista", "--location", "shafter")
Ask = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ask(tmp_path: Path, database_url: str, broker_url: str) -> Ask:
    """Runs `python -m notify …` beside a published directory; `load` is called first."""
    environ = an_environment(tmp_path, NOTIFY_DATABASE_URL=database_url, REDIS_URL=broker_url)
    environ |= {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    Publisher(redis_url=broker_url, key=REDIS_KEY, signing_key=SigningKey.read(SEED)).publish(
        a_directory().to_json()
    )

    def run_it(*words: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            python("-m", "notify", *words),
            env=environ | changes,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_it


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.alerts_dir


@pytest.fixture
def files(settings: Settings, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> AlertFiles:
    monkeypatch.setattr(alertfiles, "LOOK_EVERY_S", 0)
    (settings.alerts_dir / "envista.toml").write_text(FILE)
    files = AlertFiles(settings.alerts_dir, parts.engine, parts.reader)
    files.load_if_changed()
    return files


@pytest.mark.usefixtures("files")
def test_who_says_who_how_and_why(ask: Ask) -> None:
    told = ask("who", *PLACE, "--at", "2026-11-27T18:05")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines() == [
        "Envista Medical",
        "Shafter, Friday, November 27, 2026, 6:05 PM PST: closed, opens Monday 8:00 AM",
        "Why: entry [locations.shafter] of alerts/envista.toml",
        "After hours: told at once, as in open hours",
        f"1. Maria (maria), told at once: {WAYS}",
        "2. Omar (omar), 10 open minutes later without an answer: e-mail omar@envista.example",
        "Nobody answers: everybody is told so, 10 open minutes after the last",
    ]
    friday = ask("who", *PLACE, "--at", "Friday 18:05").stdout
    assert "Friday, " in friday
    assert "6:05 PM P" in friday
    assert ": open\n" in ask("who", *PLACE, "--at", "2026-11-27T09:00").stdout


def test_who_says_what_is_wrong_with_the_question(ask: Ask) -> None:
    for words, said in (
        (("--clinic", "envist", "--location", "shafter"), "(there is: envista)"),
        (("--clinic", "envista", "--location", "wasco"), "(it has: shafter)"),
        ((*PLACE, "--at", "soon"), "must be such as"),
    ):
        told = ask("who", *words)
        assert told.returncode == 1
        assert said in told.stderr
        assert "Traceback" not in told.stderr
    told = ask("who", *PLACE)
    assert told.returncode == 1
    assert "there is no entry for shafter" in told.stdout
    assert "ERROR: envista, shafter: nobody can be told in the next 7 days" in told.stdout


@pytest.mark.usefixtures("files")
def test_a_test_goes_the_way_of_alerts_and_says_what_it_is(
    ask: Ask, engine: Engine, parts: Parts
) -> None:
    started = ask("test", *PLACE, "--wait", "0")
    assert started.returncode == 1  # no worker runs here: it is said, not hidden
    assert "maria, sms: not accepted yet: it is tried again" in started.stdout
    for row in rows(engine, "SELECT id FROM message"):
        parts.delivery.send(row.id)
    kept = rows(engine, "SELECT kind, channel, address, text, leads FROM captured ORDER BY 2, 3")
    assert [(row.kind, row.channel, row.address) for row in kept] == [
        ("staff", "email", "maria@envista.example"),
        ("staff", "email", "omar@envista.example"),
        ("staff", "sms", "+15595550101"),
    ]
    for row in kept:
        assert "test" in row.text.lower()
        assert "Shafter" in row.text
        assert row.leads == []
    assert rows(engine, "SELECT 1 FROM alert") == []
    assert rows(engine, "SELECT 1 FROM outbox") == []  # it is no news for leads


@pytest.mark.usefixtures("files")
def test_what_was_changed_on_the_desk_stays_and_is_shown(
    folder: Path, files: AlertFiles, ask: Ask, engine: Engine
) -> None:
    assert ask("alerts", "diff").stdout == "the tables say what the files say\n"
    run(engine, "UPDATE contact SET sms = '+15595550199', changed_by = 'desk' WHERE key = 'maria'")
    run(engine, "DELETE FROM route")
    run(
        engine,
        "INSERT INTO route SELECT 'envista', 'shafter', 1, id, 'desk' FROM contact"
        " WHERE key = 'omar'",
    )
    (folder / "envista.toml").write_text(FILE.replace('name = "Omar"', 'name = "Omar B."'))
    files.load_if_changed()
    assert rows(engine, "SELECT name, sms FROM contact ORDER BY key") == [
        ("Maria", "+15595550199"),
        ("Omar B.", None),
    ]
    differs = ask("alerts", "diff")
    assert differs.returncode == 1
    assert differs.stdout.splitlines() == [
        "envista: contact maria sms: +15595550101 in the file, +15595550199 on the desk",
        "envista: location shafter: tells maria, omar in the file, omar on the desk",
    ]
    assert "as changed on the desk" in ask("who", *PLACE).stdout
    accepted = ask("alerts", "accept-file", "--clinic", "envista")
    assert accepted.returncode == 0, accepted.stderr
    assert "was: contact maria sms" in accepted.stdout
    assert ask("alerts", "diff").returncode == 0
    assert rows(engine, "SELECT key FROM route JOIN contact ON id = contact_id ORDER BY n") == [
        ("maria",),
        ("omar",),
    ]


@pytest.mark.usefixtures("files")
def test_policy_quiet_hours_and_days_off_that_differ_are_shown(ask: Ask, engine: Engine) -> None:
    run(
        engine,
        "UPDATE contact SET quiet = '[[\"21:00\", \"07:00\"]]', changed_by = 'desk',"
        ' off = \'[["2026-12-01", "2026-12-04", "omar"]]\' WHERE key = \'maria\'',
    )
    run(engine, "UPDATE policy SET next_after = 20, after_hours = 'hold', changed_by = 'desk'")
    differs = ask("alerts", "diff").stdout.splitlines()
    for words in (
        "contact maria quiet: none in the file, 21:00 to 07:00 on the desk",
        "contact maria off: none in the file, 2026-12-01 to 2026-12-04 (omar covers) on the desk",
        "location shafter after_hours: now in the file, hold on the desk",
        "location shafter next_after: 10 in the file, 20 on the desk",
    ):
        assert f"envista: {words}" in differs
    assert len(differs) == 4


@pytest.mark.usefixtures("files")
def test_who_was_removed_on_the_desk_stays_removed(
    folder: Path, files: AlertFiles, ask: Ask, engine: Engine
) -> None:
    run(engine, "UPDATE contact SET removed_at = now(), changed_by = 'desk' WHERE key = 'maria'")
    (folder / "envista.toml").write_text(FILE + "\n# touched\n[sender]\nname = 'Envista'\n")
    files.load_if_changed()
    assert "contact maria: in the file; removed on the desk" in ask("alerts", "diff").stdout
    assert "1. Omar (omar), told at once" in ask("who", *PLACE).stdout


def test_a_file_with_a_mistake_is_not_accepted(folder: Path, ask: Ask) -> None:
    (folder / "envista.toml").write_text(FILE.replace("+15595550101", "555-0101"))
    told = ask("alerts", "accept-file", "--clinic", "envista")
    assert told.returncode == 1
    assert "envista.toml: [contacts.maria] sms: must be a number such as" in told.stderr
    assert "there is no alerts file kosak.toml" in (
        ask("alerts", "accept-file", "--clinic", "kosak").stderr
    )


def test_check_names_a_location_that_nobody_is_told_for(
    folder: Path, ask: Ask, engine: Engine, parts: Parts
) -> None:
    parts.inbox.take(an_event())
    told = ask("check")
    assert told.returncode == 1
    assert "error: envista, shafter: nobody can be told in the next 7 days" in told.stdout
    (folder / "envista.toml").write_text(FILE.replace('"maria", "omar"', '"maria"'))
    assert ask("load").returncode == 0
    told = ask("check")
    assert told.returncode == 0
    assert "warning: alerts/envista.toml [locations.shafter]: only maria is told" in told.stdout
    assert "every location with forms has somebody who is told" in told.stdout
    # who can only be texted is nobody where no provider texts
    run(engine, "UPDATE contact SET email = NULL WHERE sms IS NOT NULL")
    told = ask("check", NOTIFY_SMS_PROVIDERS="")
    assert told.returncode == 1
    # and the lead that found nobody reached the new contact, with a link
    [row] = rows(engine, "SELECT text FROM message WHERE channel = 'sms'")
    assert "/alerts/a/" in row.text


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+18765550123", "is abroad (JM)"),
        ("+12423225678", "is abroad (BS)"),
        ("+442071838750", "is abroad (GB)"),
        ("+19005550123", "is a premium number"),
        ("+18005550123", "is toll-free"),
        ("+15551234567", "is no number that exists"),
        ("+1559555016", "is no number that exists"),
    ],
)
def test_a_number_that_is_no_mobile_of_here_is_refused(
    tmp_path: Path, number: str, said: str
) -> None:
    (tmp_path / "envista.toml").write_text(FILE.replace("+15595550101", number))
    book = load_book(tmp_path)
    assert book.clinics == ()
    [problem] = book.problems
    assert problem.startswith(f"envista.toml: [contacts.maria] sms: {said}")
    assert ": " in problem.removeprefix("envista.toml: [contacts.maria] sms: ")  # what to do
    assert number not in problem


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Friday 18:05", "2026-11-27T18:05:00-08:00"),
        ("fri 6:05 pm", "2026-11-27T18:05:00-08:00"),
        ("sunday 12:00", "2026-11-29T12:00:00-08:00"),  # noon has passed this Sunday
        ("sunday 12:00am", "2026-11-29T00:00:00-08:00"),
        ("21:00", "2026-11-22T21:00:00-08:00"),
        ("2026-11-27T18:05", "2026-11-27T18:05:00-08:00"),
        ("2026-07-01 09:00", "2026-07-01T09:00:00-07:00"),
        ("2026-11-27T18:05:00+00:00", "2026-11-27T18:05:00+00:00"),
    ],
)
def test_a_time_may_be_typed_in_many_ways(typed: str, meant: str) -> None:
    now = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)  # Sunday, 1 PM in California
    assert moment(typed, "America/Los_Angeles", now).isoformat() == meant


@pytest.mark.parametrize("typed", ["", "soon", "Fryday 18:05", "25:00", "13:00 pm", "2026-13-01"])
def test_a_time_that_is_none_is_said(typed: str) -> None:
    with pytest.raises(ValueError, match="must be such as"):
        moment(typed, "America/Los_Angeles", datetime.now(UTC))
