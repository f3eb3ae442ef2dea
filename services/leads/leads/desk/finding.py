"""Find leads by reference, phone number, e-mail address or words of a name.

What patients typed is sealed, so keyed hashes are compared (leads.search).
"""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_

from leads import search, tables
from leads.desk.book import Row
from leads.identity import ALPHABET, REFERENCE_LENGTH
from leads.scope import Scope
from plumbing.sealing import HashKey

SHOWN = 50
MAX_QUERY = 200  # characters


def found(scope: Scope, key: HashKey, query: str) -> list[Row]:
    """The newest SHOWN leads that `query` means; one more row says that there are others."""
    lead = tables.lead
    ways: list[ColumnElement[bool]] = [lead.c.id.in_(_by_marks(scope, key, query))]
    if reference := _reference(query):
        alias = tables.lead_alias
        told = select(alias.c.lead_id).where(scope.own(alias), alias.c.reference == reference)
        ways = [lead.c.reference == reference, lead.c.id.in_(told), *ways]
    rows = scope.connection.execute(
        select(lead)
        .where(scope.own(lead), or_(*ways))
        .order_by(lead.c.received_at.desc(), lead.c.id)
        .limit(SHOWN + 1)
    )
    return list(rows.mappings())


def _by_marks(scope: Scope, key: HashKey, query: str) -> Select[tuple[UUID]]:
    """Leads that have all the marks of `query`; marks of one clinic mean nothing in another."""
    asked = {clinic: set(search.asked(key, clinic, query)) for clinic in scope.clinics}
    pairs = [(clinic, mark) for clinic, marks in sorted(asked.items()) for mark in sorted(marks)]
    mark = tables.lead_search
    query_words = max((len(marks) for marks in asked.values()), default=0)
    return (
        select(mark.c.lead_id)
        .where(scope.own(mark), tuple_(mark.c.clinic, mark.c.mark).in_(pairs))
        .group_by(mark.c.clinic, mark.c.lead_id)
        .having(func.count() == query_words)
    )


def _reference(query: str) -> str:
    """`query` as a reference, however it was typed; "" when it cannot be one."""
    signs = "".join(query.split()).replace("-", "").upper()
    fits = len(signs) == REFERENCE_LENGTH and set(signs) <= set(ALPHABET)
    return signs if fits else ""
