"""Writes that are gathered go out as few statements, and are the same as written one by one."""

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    event,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from plumbing.gathered import PARAMETERS, Gathered, at_once, gathered
from tests.plumbing.conftest import Service

METADATA = MetaData()
PARENT = Table("gathered_parent", METADATA, Column("id", Integer, primary_key=True))
CHILD = Table(
    "gathered_child",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("parent", ForeignKey(PARENT.c.id)),
    Column("word", Text, nullable=False, server_default="none"),
)
ADD_PARENT = insert(PARENT).values(id=bindparam("id"))
ADD_CHILD = insert(CHILD).values(
    id=bindparam("id"), parent=bindparam("parent"), word=bindparam("word")
)


@pytest.fixture
def tables(service: Service) -> Engine:
    METADATA.create_all(service.engine)
    return service.engine


@pytest.fixture
def statements(tables: Engine) -> list[str]:
    """What was sent to the server."""
    said: list[str] = []

    def note(*given: object) -> None:
        said.append(str(given[2]))

    event.listen(tables, "before_cursor_execute", note)
    return said


def children(connection: Connection) -> list[tuple[int, int | None, str]]:
    return [tuple(row) for row in connection.execute(select(CHILD).order_by(CHILD.c.id))]


def test_they_are_one_statement_even_of_a_kind_and_of_each_other(
    tables: Engine, statements: list[str]
) -> None:
    with tables.begin() as connection:
        with gathered(connection) as writes:
            writes.execute(ADD_CHILD, {"id": 1, "parent": 7, "word": "one"})
            writes.execute(ADD_PARENT, {"id": 7})
            writes.execute(
                ADD_CHILD,
                [{"id": 2, "parent": 7, "word": "two"}, {"id": 3, "parent": None, "word": "%s"}],
            )
            assert statements == []
        assert len(statements) == 1
        assert children(connection) == [(1, 7, "one"), (2, 7, "two"), (3, None, "%s")]


def test_one_inside_of_another_goes_out_with_it(tables: Engine, statements: list[str]) -> None:
    with tables.begin() as connection:
        with gathered(connection) as writes:
            with gathered(writes) as inner:
                inner.execute(ADD_PARENT, {"id": 1})
            assert statements == []
            writes.execute(ADD_PARENT, {"id": 2})
        assert len(statements) == 1
        assert list(connection.scalars(select(PARENT.c.id).order_by(PARENT.c.id))) == [1, 2]


def test_what_cannot_wait_comes_after_what_was_gathered(tables: Engine) -> None:
    with tables.begin() as connection, gathered(connection) as writes:
        writes.execute(ADD_PARENT, {"id": 1})
        assert at_once(writes).scalar(select(PARENT.c.id)) == 1
        assert at_once(connection) is connection


def test_nothing_gathered_is_no_statement(tables: Engine, statements: list[str]) -> None:
    with tables.begin() as connection, gathered(connection):
        pass
    assert statements == []


def test_a_statement_has_no_more_parameters_than_are_remembered(
    tables: Engine, statements: list[str]
) -> None:
    count = PARAMETERS  # three for each
    with tables.begin() as connection:
        with gathered(connection) as writes:
            for number in range(count):
                writes.execute(ADD_CHILD, {"id": number, "parent": None, "word": "w"})
        assert len(children(connection)) == count
    sent = [one for one in statements if "INSERT" in one]
    assert max(one.count("::") for one in sent) <= PARAMETERS
    assert len(sent) == -(-count // (PARAMETERS // 3))


def test_what_goes_wrong_in_one_leaves_nothing_of_any(tables: Engine) -> None:
    def go_wrong() -> None:
        with tables.begin() as connection, gathered(connection) as writes:
            writes.execute(ADD_PARENT, {"id": 1})
            writes.execute(ADD_CHILD, {"id": 1, "parent": 99, "word": "of nobody"})

    with pytest.raises(IntegrityError):
        go_wrong()
    with tables.begin() as connection:
        assert connection.scalar(select(PARENT.c.id)) is None


def test_an_error_inside_writes_nothing(tables: Engine, statements: list[str]) -> None:
    def fail(writes: Gathered) -> None:
        writes.execute(ADD_PARENT, {"id": 1})
        raise RuntimeError

    def go_wrong() -> None:
        with tables.begin() as connection, gathered(connection) as writes:
            fail(writes)

    with pytest.raises(RuntimeError):
        go_wrong()
    assert statements == []
