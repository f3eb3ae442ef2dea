"""A backup of a running copy, and an installation made of it on an empty machine."""

import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from leads.privacy.person import Person
from leads.privacy.records import record
from leads.vault import open_column
from plumbing.sealing import HashKey, KeyRing
from supervisor.cluster import programs
from supervisor.keeping import KeepingError
from supervisor.keeping.erasures import keep_beside, known_for, listed
from supervisor.keeping.postgres import Server
from tests.builders import a_form
from tests.servers import Postgres, free_port
from tests.system.running import Copy, reference, running_copy, wait_until

ROOT = Path(__file__).parents[2]
CLINIC = "foothill.localhost"
PHONE = "(661) 555-0199"  # of everybody that a_form makes
CANARY = "canary sentence about a shoulder"
NOBODY_LISTENS = "smtp://127.0.0.1:9/?tls=none&from=alerts@clinics.example"

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


def keeping(command: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "supervisor.keeping", command],
        cwd=ROOT,
        env={**os.environ, "PORT": str(free_port()), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def notify(copy: Copy, *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "notify", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(copy.data_dir)},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


class Saved:
    """What is left of a copy that took requests: a file and a sheet of paper."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "the.backup"
        self.sheet = folder / "sheet.txt"
        self.told: list[str] = []
        self.said = ""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """Of one request the alert went out, of the other nobody knows; the copy itself is gone."""
    saved = Saved(tmp_path_factory.mktemp("saved"))
    providers = {"NOTIFY_EMAIL_PROVIDERS": NOBODY_LISTENS}
    with running_copy(saved.folder / "data", **providers) as copy:
        fields = a_form(location="marsden", name="Canary Quillfeather", message=CANARY)
        saved.told.append(reference(copy.post(CLINIC, fields)))
        assert wait_until(
            lambda: states(copy) == {("email", "queued"), ("sms", "accepted")}, seconds=20
        )
        saved.told.append(into_the_spool(copy))
        made = keeping(
            "backup",
            DATA_DIR=str(copy.data_dir),
            FILE=str(saved.file),
            SHEET=str(saved.sheet),
        )
        assert made.returncode == 0, made.stdout
        saved.said = made.stdout
    return saved


def into_the_spool(copy: Copy) -> str:
    """The reference of a request that was taken while nothing could be written, and waits."""
    copy.signal("leads-relay", signal.SIGSTOP)
    with psycopg.connect(copy.superuser_url(), autocommit=True) as connection:
        connection.execute("ALTER ROLE leads_app SET default_transaction_read_only = on")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'leads_app'"
        )
    told = reference(copy.post(CLINIC, a_form(location="marsden", name="Spool Waxwing")))
    assert any((copy.data_dir / "spool").rglob("*")), "it is in the database after all"
    with psycopg.connect(copy.superuser_url(), autocommit=True) as connection:
        connection.execute("ALTER ROLE leads_app RESET default_transaction_read_only")
    return told


def states(copy: Copy) -> set[tuple[str, str]]:
    with psycopg.connect(copy.settings()["NOTIFY_DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT channel, CASE state WHEN 'sending' THEN 'queued' ELSE state END FROM message"
        )
        return {(str(row[0]), str(row[1])) for row in rows}


def test_the_backup_says_where_the_keys_are_and_holds_no_readable_word(saved: Saved) -> None:
    assert "WORTHLESS WITHOUT THE KEYS" in saved.said
    assert str(saved.folder / "data" / "secrets") in saved.said
    raw = saved.file.read_bytes()
    for word in (b"canary", b"Quillfeather", b"foothill", b"clinic", b"PGDMP"):
        assert word not in raw
    assert saved.file.stat().st_mode & 0o777 == 0o600


def test_a_restored_copy_has_the_lead_and_holds_what_may_have_gone_out(saved: Saved) -> None:
    data = saved.folder / "restored"
    restored = keeping("restore", DATA_DIR=str(data), FILE=str(saved.file), SHEET=str(saved.sheet))
    assert restored.returncode == 0, restored.stdout
    said = re.search(r"(\d+) messages may or may not have gone out", restored.stdout)
    assert said, restored.stdout
    waiting = int(said[1])  # the e-mail of the request, and the mails of the morning if it is one
    assert "no erasures.list beside the backup" in restored.stdout
    with running_copy(data) as copy:
        assert CANARY in patient_words(copy)
        # what waited in the spool is drained; it may have been told elsewhere since, so it is held
        assert wait_until(lambda: saved.told[1] in notify(copy, "held", "list"), seconds=60)
        assert saved.told[0] in notify(copy, "held", "list")
        told_now = reference(copy.post(CLINIC, a_form(location="marsden", name="Someone Else")))
        assert wait_until(lambda: channels(copy, told_now) == {"email", "sms"}, seconds=20)
        assert channels(copy, saved.told[0]) == {"sms"}  # went out before the backup
        held = notify(copy, "held", "list").splitlines()
        assert [line.split()[3] for line in held if saved.told[0] in line] == ["email"]
        assert sum(saved.told[1] in line for line in held) == 2
        released = notify(copy, "held", "release", "--all")
        gone = re.match(r"(\d+) messages go out now", released)
        assert gone
        assert int(gone[1]) >= waiting + 2  # more once the next contact's turn has come meanwhile
        assert wait_until(lambda: channels(copy, saved.told[1]) == {"email", "sms"}, seconds=20)
        assert wait_until(lambda: channels(copy, saved.told[0]) == {"email", "sms"}, seconds=20)


def test_whoever_was_erased_since_the_backup_is_not_brought_back(
    saved: Saved, tmp_path: Path
) -> None:
    """Neither from the database nor from the spool, and what notify has of them goes too."""
    person = Person.read(PHONE)
    assert person is not None
    key = HashKey.read((saved.folder / "data" / "secrets" / "leads_hash_key").read_text())
    lines = [record("foothill", mark, datetime.now(UTC)) for mark in person.marks(key, "foothill")]
    kept = tmp_path / "kept.list"
    kept.write_text("\n".join(lines))
    data = tmp_path / "restored"
    where = {"DATA_DIR": str(data), "FILE": str(saved.file), "SHEET": str(saved.sheet)}
    restored = keeping("restore", **where, ERASED=str(kept))
    assert restored.returncode == 0, restored.stdout
    assert "by the list of erasures: 1 erasures are known; erased again: 1 req" in restored.stdout
    with running_copy(data) as copy:
        spool = data / "spool"
        assert wait_until(lambda: not list(spool.glob("*.record")), seconds=60)
        settled = "SELECT count(*) FROM alert WHERE state <> 'settled'"
        assert wait_until(lambda: asked_notify(copy, settled) == 0, seconds=60)
        with psycopg.connect(copy.superuser_url()) as connection:
            assert connection.execute("SELECT count(*) FROM lead WHERE NOT demo").fetchone() == (0,)
        # and the next backup keeps the lines beside it
        made = keeping("backup", DATA_DIR=str(data), FILE=str(tmp_path / "new" / "the.backup"))
        assert made.returncode == 0, made.stdout
    assert (tmp_path / "new" / "erasures.list").read_text().splitlines() == lines


def asked_notify(copy: Copy, query: LiteralString) -> int:
    with psycopg.connect(copy.settings()["NOTIFY_DATABASE_URL"]) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])


def test_a_list_of_erasures_that_is_none_makes_nothing(saved: Saved, tmp_path: Path) -> None:
    kept = tmp_path / "kept.list"
    kept.write_text("foothill not-a-hash yesterday\n")
    data = tmp_path / "data"
    where = {"DATA_DIR": str(data), "FILE": str(saved.file), "SHEET": str(saved.sheet)}
    said = keeping("restore", **where, ERASED=str(kept))
    assert said.returncode == 1
    assert f"{kept}: line 1 is no record of an erasure" in said.stdout
    assert not data.exists()


def test_the_list_beside_the_backups_only_grows(tmp_path: Path) -> None:
    backup = tmp_path / "b.backup"
    keep_beside(backup, ["a 01 2026-11-25T10:00:00+00:00"])
    keep_beside(backup, ["b 02 2026-11-25T11:00:00+00:00", "a 01 2026-11-25T10:00:00+00:00"])
    keep_beside(backup, [])
    assert len((tmp_path / "erasures.list").read_text().splitlines()) == 2
    assert known_for(backup, "").count("2026") == 2
    assert known_for(tmp_path / "elsewhere" / "b.backup", "") == ""
    with pytest.raises(KeepingError, match="cannot be read"):
        known_for(backup, str(tmp_path / "nowhere"))


def test_a_damaged_list_is_never_written_over(saved: Saved, tmp_path: Path) -> None:
    (tmp_path / "erasures.list").write_bytes(b"a 01 2026-11-25T10:00:00+00:00\n\xff\n")
    file = tmp_path / "b.backup"
    made = keeping("backup", DATA_DIR=str(saved.folder / "data"), FILE=str(file))
    assert made.returncode == 1
    assert "erasures.list: the list of erasures cannot be read" in made.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["erasures.list"]


def test_a_database_from_before_erasures_has_none(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE leads")
        where = ("-h", "127.0.0.1", "-p", str(postgres.port), "-U", "postgres")
        server = Server(command=(str(programs() / "PROGRAM"), *where), environ=os.environ)
        try:
            assert listed(server) == []
        finally:
            connection.execute("DROP DATABASE leads WITH (FORCE)")


def patient_words(copy: Copy) -> set[str]:
    """What is sealed in the lead rows, opened with the restored key."""
    settings = copy.settings()
    ring = KeyRing.read(Path(settings["LEADS_SEAL_KEYS_FILE"]).read_text())
    with psycopg.connect(copy.superuser_url()) as connection:
        rows = connection.execute("SELECT clinic, id, words_sealed FROM lead").fetchall()
    words = [open_column(ring, clinic, lead_id, "words", raw) for clinic, lead_id, raw in rows]
    return {word["message"] for word in words if isinstance(word, dict)}


def channels(copy: Copy, told: str) -> set[str]:
    return {channel for ref, channel, _to in copy.alerts() if ref == told}


@pytest.mark.parametrize("cut", [100, 5000, -1])
def test_a_file_that_is_cut_short_makes_nothing(saved: Saved, tmp_path: Path, cut: int) -> None:
    part = tmp_path / "part.backup"
    part.write_bytes(saved.file.read_bytes()[:cut])
    assert_refused(part, saved.sheet, tmp_path / "data", "cut short")


def test_a_file_that_was_altered_makes_nothing(saved: Saved, tmp_path: Path) -> None:
    raw = bytearray(saved.file.read_bytes())
    raw[len(raw) // 2] ^= 1
    changed = tmp_path / "changed.backup"
    changed.write_bytes(raw)
    assert_refused(changed, saved.sheet, tmp_path / "data", "was altered")


def test_the_sheet_of_another_installation_makes_nothing(saved: Saved, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    lines = saved.sheet.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("key backup_key"))
    lines[at] = lines[at].replace(lines[at].split()[2], "0badcafe")
    other.write_text("\n".join(lines))
    assert_refused(saved.file, other, tmp_path / "data", "the key given is 0badcafe")


def test_a_folder_with_something_in_it_is_never_overwritten(saved: Saved, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "mine").write_text("keep")
    said = keeping("restore", DATA_DIR=str(data), FILE=str(saved.file), SHEET=str(saved.sheet))
    assert said.returncode == 1
    assert "is not empty, and a restore replaces nothing" in said.stdout
    assert [path.name for path in data.iterdir()] == ["mine"]


def test_a_copy_that_does_not_run_is_backed_up_too(saved: Saved, tmp_path: Path) -> None:
    made = keeping("backup", DATA_DIR=str(saved.folder / "data"), FILE=str(tmp_path / "b"))
    assert made.returncode == 0, made.stdout
    assert "rows of leads" in made.stdout


def assert_refused(file: Path, sheet: Path, data: Path, words: str) -> None:
    said = keeping("restore", DATA_DIR=str(data), FILE=str(file), SHEET=str(sheet))
    assert said.returncode == 1
    assert words in said.stdout
    assert not data.exists()
