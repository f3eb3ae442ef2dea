"""Everything that is stored about a person, within a scope: requests, comments, texts."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, or_, select, tuple_

from leads import replies, tables, vault
from leads.comments import store as comments
from leads.contact import parse_email
from leads.privacy.person import Person
from leads.scope import Scope
from leads.search import folded
from plumbing.sealing import HashKey, KeyRing, Unsealable

Row = RowMapping
Marks = list[tuple[str, bytes]]  # (clinic, under what somebody's rows are found there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What looking for somebody takes: `hash` finds rows, `seal` opens them."""

    seal: KeyRing
    hash: HashKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows of `lead`, `comment` and `reply`, each oldest first, sealed as they are stored."""

    leads: tuple[Row, ...]
    comments: tuple[Row, ...]
    texts: tuple[Row, ...]

    def __bool__(self) -> bool:
        return bool(self.leads or self.comments or self.texts)

    @property
    def clinics(self) -> list[str]:
        """Slugs; "" for texts of which nobody knows the clinic."""
        return sorted({row["clinic"] for row in (*self.leads, *self.comments, *self.texts)})


def found(scope: Scope, keys: Keys, person: Person, *, of_nobody: bool = False) -> Found:
    """`of_nobody`: also texts to a number that several clinics share and that fit no request."""
    clinics = [*scope.clinics, *([""] if of_nobody else [])]
    marks = [(clinic, mark) for clinic in clinics for mark in person.marks(keys.hash, clinic)]
    leads = _leads(scope, marks)
    return Found(
        leads=tuple(leads),
        comments=tuple(_comments(scope, keys, person, marks)),
        texts=tuple(_texts(scope, keys, person, marks, leads)),
    )


def other_addresses(keys: Keys, person: Person, rows: Iterable[Row]) -> list[str]:
    """Numbers and addresses in these leads that are not `person`: found under them may be more."""
    others: dict[str, None] = {}
    for row in rows:
        contact = opened(keys.seal, row, "contact") or {}
        for what, shown in (("phone", "phone_typed"), ("email", "email")):
            other = Person.read(str(contact.get(what, "")))
            if other and other != person:
                others[str(contact.get(shown) or other.value)] = None
    return list(others)


def opened(keys: KeyRing, row: Row, column: str) -> Any:
    """The plain value of a lead's sealed column; None when no key opens it."""
    try:
        return vault.open_column(keys, row["clinic"], row["id"], column, row[f"{column}_sealed"])
    except Unsealable:
        return None


def opened_comment(keys: KeyRing, row: Row) -> dict[str, str] | None:
    """`name`, `email` and `message`; None when no key opens it."""
    try:
        plain = keys.open(row["words_sealed"], context=comments.context(row["clinic"], row["id"]))
    except Unsealable:
        return None
    words: dict[str, str] = json.loads(plain)
    return words


def opened_text(keys: KeyRing, row: Row) -> dict[str, str] | None:
    """`from` and `text`; None when no key opens it."""
    try:
        return replies.open_reply(keys, row["clinic"], row["id"], row["words_sealed"])
    except Unsealable:
        return None


def _leads(scope: Scope, marks: Marks) -> list[Row]:
    lead, search = tables.lead, tables.lead_search
    mine = select(search.c.lead_id).where(
        scope.own(search), tuple_(search.c.clinic, search.c.mark).in_(marks)
    )
    rows = scope.connection.execute(
        select(lead)
        .where(scope.own(lead), lead.c.id.in_(mine))
        .order_by(lead.c.received_at, lead.c.id)
    )
    return list(rows.mappings())


def _comments(scope: Scope, keys: Keys, person: Person, marks: Marks) -> list[Row]:
    if person.what != "email":
        return []
    comment = tables.comment
    rows = scope.connection.execute(
        select(comment)
        .where(
            scope.own(comment),
            or_(
                tuple_(comment.c.clinic, comment.c.writer).in_(marks),
                comment.c.writer.is_(None),
            ),
        )
        .order_by(comment.c.received_at, comment.c.id)
    ).mappings()
    return [row for row in rows if row["writer"] or _wrote(keys, person, row)]


def _wrote(keys: Keys, person: Person, row: Row) -> bool:
    words = opened_comment(keys.seal, row) or {}
    address = parse_email(words.get("email", ""))
    return address is not None and folded(address) == person.value


def _texts(scope: Scope, keys: Keys, person: Person, marks: Marks, leads: list[Row]) -> list[Row]:
    """Those that belong to one of `leads`, and those that came from the number."""
    clinics = {clinic for clinic, _mark in marks}
    if "" in clinics:  # read by a policy of migration "person"
        scope.connection.execute(select(func.set_config("leads.of_nobody", "on", True)))
    reply = tables.reply
    ways: list[ColumnElement[bool]] = [
        tuple_(reply.c.clinic, reply.c.lead_id).in_([(r["clinic"], r["id"]) for r in leads])
    ]
    if person.what == "phone":
        ways.append(tuple_(reply.c.clinic, reply.c.sender).in_(marks))
        ways.append(reply.c.sender.is_(None) & reply.c.lead_id.is_(None))
    rows = scope.connection.execute(
        select(reply)
        .where(reply.c.clinic.in_(sorted(clinics)), or_(*ways))
        .order_by(reply.c.at, reply.c.id)
    ).mappings()
    return [row for row in rows if row["sender"] or row["lead_id"] or _texted(keys, person, row)]


def _texted(keys: Keys, person: Person, row: Row) -> bool:
    return (opened_text(keys.seal, row) or {}).get("from") == person.value
