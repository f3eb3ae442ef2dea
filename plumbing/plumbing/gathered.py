"""Several writes as one statement: a round trip costs as much as most of them.

    with gathered(connection) as writes:
        writes.execute(insert(...), {...})
        writes.execute(insert(...), {...})

For writes that nobody waits for the answer of.  All of them see the database as it was before the
first, so none may need what another one writes (foreign keys do: they are looked at last), and they
are carried out in no particular order.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    Connection,
    Dialect,
    Executable,
    Insert,
    bindparam,
    literal,
    select,
)
from sqlalchemy.sql import visitors

SHAPES = 256  # combinations of statements that are kept put together
PARAMETERS = 50  # psycopg reads a statement with more of them anew each time


_Write = tuple[Insert, Mapping[str, Any]]


class Gathered:
    """Takes writes as a Connection does, and carries them out later."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection  # for what must be known at once, and needs none of these
        self._writes: list[_Write] = []

    @property
    def info(self) -> dict[Any, Any]:
        """The connection's."""
        return self.connection.info

    def execute(
        self, statement: Insert, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> None:
        """Later.  `statement`: one that is made once and used again, its parameters named; what
        it returns is lost.
        """
        rows = [parameters] if isinstance(parameters, Mapping) else parameters
        self._writes += [(statement, row) for row in rows]

    def write(self) -> None:
        """Now."""
        writes, self._writes = self._writes, []
        for some in _parted(writes, self.connection.dialect):
            given = {
                _own(place, name): value
                for place, (_statement, row) in enumerate(some)
                for name, value in row.items()
            }
            self.connection.execute(_as_one(tuple(statement for statement, _row in some)), given)


Writes = Connection | Gathered


@contextmanager
def gathered(connection: Writes) -> Iterator[Gathered]:
    """What is written inside goes out at the end of it; inside of another one, at that one's."""
    if isinstance(connection, Gathered):
        yield connection
        return
    writes = Gathered(connection)
    yield writes
    writes.write()


def at_once(connection: Writes) -> Connection:
    """For what cannot wait: what was gathered so far is written first."""
    if not isinstance(connection, Gathered):
        return connection
    connection.write()
    return connection.connection


def _parted(writes: Sequence[_Write], dialect: Dialect) -> Iterator[list[_Write]]:
    """As few statements as may be."""
    some: list[_Write] = []
    count = 0
    for write in writes:
        its = _parameters(write[0], dialect)
        if some and count + its > PARAMETERS:
            yield some
            some, count = [], 0
        some.append(write)
        count += its
    if some:
        yield some


@lru_cache(maxsize=SHAPES)
def _parameters(statement: Insert, dialect: Dialect) -> int:
    """How many it has, its own constants among them."""
    return len(statement.compile(dialect=dialect).params)


@lru_cache(maxsize=SHAPES)
def _as_one(statements: tuple[Insert, ...]) -> Executable:
    ctes = [_renamed(one, place).cte(f"write_{place}") for place, one in enumerate(statements)]
    return select(literal(1)).add_cte(*ctes)


def _renamed(statement: Insert, place: int) -> Insert:
    """The same statement may be there twice, so each has parameters of its own."""

    def own(element: Any, **_: object) -> BindParameter[Any] | None:
        if isinstance(element, BindParameter) and not element.unique:
            return bindparam(_own(place, element.key), type_=element.type)
        return None

    return cast("Insert", visitors.replacement_traverse(statement, {}, own))


def _own(place: int, name: str) -> str:
    return f"write_{place}_{name}"
