"""A database that is restored brings nobody back who was erased since: a real dump, replayed."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import Engine, select

from leads import tables
from leads.commands.person import Refused, _every_record, replayed
from leads.privacy.records import NotARecord, read_records
from plumbing.database import connect
from supervisor.cluster import programs
from tests.desk.conftest import DeskUnderTest
from tests.desk.erasing import everything_in
from tests.desk.test_person import EMAIL, a_comment, a_text, asked
from tests.desk.traces import BECAUSE
from tests.servers import Postgres


@contextmanager
def restored(postgres: Postgres, dump: bytes) -> Iterator[str]:
    """The app's URL of a new database with what is in `dump`."""
    owner, app = postgres.database("leads")
    name = owner.rpartition("/")[2]
    run(postgres, "pg_restore", "--single-transaction", "--exit-on-error", "-d", name, given=dump)
    yield app
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]


def run(postgres: Postgres, program: str, *arguments: str, given: bytes = b"") -> bytes:
    server = ["-h", "127.0.0.1", "-p", str(postgres.port), "-U", "postgres"]
    return subprocess.run(
        [programs() / program, *server, *arguments], input=given, capture_output=True, check=True
    ).stdout


def dumped(postgres: Postgres, database: str) -> bytes:
    return run(postgres, "pg_dump", "--format=custom", "-d", database.rpartition("/")[2])


def on(desk: DeskUnderTest, url: str) -> tuple[DeskUnderTest, Engine]:
    """The same desk on another database."""
    own = connect(url, name="restored")
    everything = connect(url.replace("leads_app@", "postgres@"), name="restored-see")
    return replace(desk, own=own, engine=everything), own


def test_whoever_was_erased_since_the_dump_is_erased_again(
    desk: DeskUnderTest, postgres: Postgres, database: str
) -> None:
    a_text(desk, "canary three", clinic="")  # nobody knows yet whose it is
    desk.request(name="Quillfeather", message="canary one", email=EMAIL)
    a_text(desk, "canary two")
    a_comment(desk, message="canary four")
    other = desk.request(phone="661-555-0177", message="somebody else")
    dump = dumped(postgres, database)
    lines = asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE).splitlines()
    lines += asked(desk, "erase", "--yes", about=EMAIL).splitlines()
    records = "\n".join(line for line in lines if "+00:00" in line)
    assert records.count("\n") == 2  # at the clinic, of nobody's, and of the comment

    with restored(postgres, dump) as url:
        there, engine = on(desk, url)
        assert "1 requests, 0 comments, 2 texts" in asked(there, "find")
        said = replayed(engine, desk.settings, records)
        assert "erased again: 1 requests, 1 comments, 2 texts" in said
        assert asked(there, "find") == "nothing is stored under it"
        assert asked(there, "find", about=EMAIL) == "nothing is stored under it"
        assert there.row(other)["state"] == "new"
        # a second time changes nothing
        again = replayed(engine, desk.settings, "")
        assert "3 erasures are known; erased again: 0 requests" in again
        with there.engine.connect() as connection:
            told = connection.scalars(
                select(tables.outbox.c.data).where(tables.outbox.c.name == "leads.erased.v1")
            ).all()
        assert sum(len(event["leads"]) for event in told) == 1
        assert sum(len(event["texts"]) for event in told) == 2
        engine.dispose()
        there.engine.dispose()


def test_what_came_after_the_erasure_stays(
    desk: DeskUnderTest, postgres: Postgres, database: str
) -> None:
    lead_id = desk.request()
    dump = dumped(postgres, database)
    lines = asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE).splitlines()
    [line] = [line for line in lines if "+00:00" in line]
    [known] = read_records(line)
    early = f"envista {known.mark.hex()} {(datetime.now(UTC) - timedelta(hours=1)).isoformat()}"
    with restored(postgres, dump) as url:
        there, engine = on(desk, url)
        assert "erased again: 0 requests" in replayed(engine, desk.settings, early)
        assert there.row(lead_id)["state"] == "new"
        engine.dispose()
        there.engine.dispose()


def test_the_lines_name_nobody_and_are_printed_again(desk: DeskUnderTest) -> None:
    desk.request(phone="661-555-0199", message="canary")
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    [line] = _every_record(desk.own)
    assert "0199" not in line
    [known] = read_records(line)
    assert (known.clinic, len(known.mark)) == ("envista", 16)


def test_a_line_that_is_none_is_refused_whole(desk: DeskUnderTest) -> None:
    lead_id = desk.request()
    for text in ("envista", "envista zz 2026-11-25", "envista 00ff yesterday", "a b c d"):
        with pytest.raises(NotARecord, match="line 1 "):
            list(read_records(text))
        with pytest.raises(Refused, match="Nothing is erased"):
            replayed(desk.own, desk.settings, text)
    assert list(read_records("\n# a word\n\n")) == []
    assert desk.row(lead_id)["state"] == "new"
    assert "canary" not in everything_in(desk.engine)
