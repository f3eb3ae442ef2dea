"""What an engine keeps on the server between two uses, and what it writes into a statement."""

from typing import Any

import pytest
from sqlalchemy import Column, Engine, MetaData, Table, Text, select, text

from plumbing.database import alone, among
from tests.plumbing.conftest import Service

rows = Table("rows", MetaData(), Column("state", Text))


def prepared(engine: Engine) -> int:
    with engine.begin() as connection:
        count = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%AS mine%'"
        return int(connection.scalar(text(count)) or 0)


def read_often(begin: Any) -> None:
    for _ in range(6):
        with begin() as connection:
            connection.scalar(text("SELECT 1 AS mine"))


def test_a_read_that_commits_stays_prepared(service: Service) -> None:
    read_often(service.engine.begin)
    assert prepared(service.engine) == 1


def test_a_read_that_nobody_ended_is_forgotten(service: Service) -> None:
    """Why nothing here reads so: the day that this fails, `connect()` is as good."""
    read_often(service.engine.connect)
    assert prepared(service.engine) == 0


def test_constants_are_written_into_the_statement() -> None:
    said = str(select(rows).where(among(rows.c.state, ["queued", "unknown"])))
    assert "IN ('queued', 'unknown')" in said


def test_what_is_no_word_of_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="a constant is a word"):
        among(rows.c.state, ["x') OR true --"])


def test_what_is_done_alone_needs_no_commit(service: Service) -> None:
    with alone(service.engine).connect() as connection:
        connection.execute(text("CREATE TABLE done_alone (id integer)"))
        with service.engine.begin() as other:
            assert other.scalar(text("SELECT count(*) FROM done_alone")) == 0
