"""Whose rows a transaction may touch: the one way to the tables that hold a clinic's rows.

Two walls.  Queries say `scope.own(table)` themselves; behind them PostgreSQL's row-level security
shows and takes only rows of the clinics that the transaction has named, and nothing to one that
has named none.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    Text,
    and_,
    any_,
    literal,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

SETTING = "leads.clinics"  # read by the policies of migration 0002
_NARROW = text(
    f"SELECT set_config('{SETTING}', :clinics, true), set_config('plan_cache_mode', :plans, true)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """An open transaction and the clinics whose rows it may touch.

    `places`: (clinic, location) of the only leads among them; None: all.
    """

    connection: Connection
    clinics: frozenset[str]
    places: frozenset[tuple[str, str]] | None = None

    def own(self, table: Table) -> ColumnElement[bool]:
        """The condition that belongs into every query of `table`."""
        of_clinics = table.c.clinic == any_(literal(sorted(self.clinics), ARRAY(Text)))
        if len(self.clinics) == 1:  # then an index knows which row is the newest
            of_clinics = table.c.clinic == next(iter(self.clinics))
        if self.places is None or "location" not in table.c:
            return of_clinics
        return and_(of_clinics, tuple_(table.c.clinic, table.c.location).in_(sorted(self.places)))


@contextmanager
def scoped(
    engine: Engine,
    clinics: Iterable[str],
    *,
    places: frozenset[tuple[str, str]] | None = None,
) -> Iterator[Scope]:
    """One transaction on the rows of `clinics`; commits at the end unless something was raised."""
    with engine.begin() as connection:
        yield replace(narrow(connection, clinics), places=places)


def narrow(connection: Connection, clinics: Iterable[str], *, one_by_one: bool = False) -> Scope:
    """Open `connection`'s transaction, and no later one, to the rows of `clinics`.

    `one_by_one`: each statement is about one of them.
    """
    slugs = frozenset(clinics)
    if any("," in slug for slug in slugs):
        raise ValueError("a clinic's slug has no comma")
    value = ",".join(sorted(slugs))
    # a plan made for any number of clinics is bad for many
    plans = "force_custom_plan" if len(slugs) > 1 and not one_by_one else "auto"
    connection.execute(_NARROW, {"clinics": value, "plans": plans})
    return Scope(connection=connection, clinics=slugs)
