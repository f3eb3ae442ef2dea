"""Find leads by reference, phone number, e-mail address or words of a name.

What patients typed is sealed, so keyed hashes are compared (leads.search).
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import LargeBinary, Text, column, func, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from leads import search, tables
from leads.desk.book import Row
from leads.identity import ALPHABET, REFERENCE_LENGTH
from leads.scope import Scope
from plumbing.sealing import HashKey

SHOWN = 50
LOOKED_THROUGH = 10_000  # leads of a clinic that have one of several words, the newest first
MAX_QUERY = 200  # characters


def found(scope: Scope, key: HashKey, query: str) -> list[Row]:
    """The newest SHOWN leads that `query` means; one more row says that there are others."""
    lead = tables.lead
    ids = set(_by_marks(scope, key, query))
    ids |= set(by_reference(scope, query))
    rows = scope.connection.execute(
        select(lead)
        .where(scope.own(lead), lead.c.id.in_(ids))
        .order_by(lead.c.received_at.desc(), lead.c.id)
        .limit(SHOWN + 1)
    )
    return list(rows.mappings())


def _by_marks(scope: Scope, key: HashKey, query: str) -> Sequence[UUID]:
    """The newest leads that have all the marks of `query`.

    Marks are asked for one after another, clinic by clinic (those of one clinic mean nothing in
    another): the planner would rather read the whole index.
    """
    wanted = search.wanted(query)
    if not wanted:
        return []
    pairs = [
        (clinic, search.mark(each, clinic, *one))
        for clinic in sorted(scope.clinics)
        for each in key.every  # a lead's marks are all of one key
        for one in wanted
    ]
    clinics, marks = [clinic for clinic, _mark in pairs], [mark for _clinic, mark in pairs]
    asked = (
        func.unnest(literal(clinics, ARRAY(Text)), literal(marks, ARRAY(LargeBinary)))
        .table_valued(column("clinic", Text), column("mark", LargeBinary))
        .render_derived()
    )
    known = tables.lead_search
    of_one = (
        select(known.c.clinic, known.c.lead_id, known.c.received_at)
        .where(scope.own(known), known.c.clinic == asked.c.clinic, known.c.mark == asked.c.mark)
        .order_by(known.c.received_at.desc())
        .limit(SHOWN + 1 if len(wanted) == 1 else LOOKED_THROUGH)
        .lateral()
    )
    return scope.connection.scalars(
        select(of_one.c.lead_id)
        .select_from(asked.join(of_one, true()))
        .group_by(of_one.c.clinic, of_one.c.lead_id)
        .having(func.count() == len(wanted))
        .order_by(func.max(of_one.c.received_at).desc())
        .limit(SHOWN + 1)
    ).all()


def by_reference(scope: Scope, query: str) -> Sequence[UUID]:
    """Leads with this reference, however it was typed, or that were told it."""
    lead, alias, reference = tables.lead, tables.lead_alias, _reference(query)
    if not reference:
        return []
    return scope.connection.scalars(
        union_all(
            select(lead.c.id).where(scope.own(lead), lead.c.reference == reference),
            select(alias.c.lead_id).where(scope.own(alias), alias.c.reference == reference),
        )
    ).all()


def _reference(query: str) -> str:
    """`query` as a reference, however it was typed; "" when it cannot be one."""
    signs = "".join(query.split()).replace("-", "").upper()
    fits = len(signs) == REFERENCE_LENGTH and set(signs) <= set(ALPHABET)
    return signs if fits else ""
