"""The to-do list: which leads stand in which group, a page at a time."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, func, or_, select, tuple_

from leads import tables
from leads.desk.book import Row
from leads.desk.moves import CALL_NOW as NEW
from leads.desk.moves import DONE, TAKEN, WAITING
from leads.scope import Scope

PAGE = 50
CALL_NOW = "call_now"  # nobody has it, or the time to call again has come
CALLING = "calling"  # somebody is on the phone
LATER = "later"
WAITING_FOR = "waiting"
DONE_GROUP = "done"
OPEN_GROUPS = (CALL_NOW, CALLING, LATER, WAITING_FOR)
GROUPS = (*OPEN_GROUPS, DONE_GROUP)

_lead = tables.lead.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """What the list is narrowed to.  `holder`: a person's id; `nobody`: leads that nobody has."""

    clinic: str = ""
    location: str = ""
    holder: UUID | None = None
    nobody: bool = False

    def place(self, table: Table) -> list[ColumnElement[bool]]:
        """Of any table that has clinic and location."""
        if not self.clinic:
            return []
        return [table.c.clinic == self.clinic, table.c.location == self.location]

    def conditions(self) -> list[ColumnElement[bool]]:
        wanted = self.place(tables.lead)
        if self.holder:
            wanted.append(_lead.holder == self.holder)
        if self.nobody:
            wanted += [_lead.holder.is_(None), _lead.answered_by.is_(None)]
        return wanted


@dataclass(frozen=True, slots=True)
class Group:
    """One page of a group; `more`: where the next page starts, empty at the end."""

    rows: list[Row]
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """How a group is sorted: the moment that counts, and which way."""

    moment: ColumnElement[datetime]
    newest_first: bool = False

    def after(self, mark: tuple[datetime, UUID]) -> ColumnElement[bool]:
        place = tuple_(self.moment, _lead.id)
        return place < mark if self.newest_first else place > mark

    def sort(self, query: Select[tuple[object, ...]]) -> Select[tuple[object, ...]]:
        if self.newest_first:
            return query.order_by(self.moment.desc(), _lead.id.desc())
        return query.order_by(self.moment, _lead.id)


_DUE = func.coalesce(_lead.follow_up_at, _lead.received_at)
_ORDERS = {
    CALL_NOW: _Order(moment=_DUE),
    CALLING: _Order(moment=_lead.changed_at),
    LATER: _Order(moment=_lead.follow_up_at),
    WAITING_FOR: _Order(moment=_lead.changed_at),
    DONE_GROUP: _Order(moment=_lead.changed_at, newest_first=True),
}


def _belongs(group: str, now: datetime) -> ColumnElement[bool]:
    due = and_(_lead.state.in_([TAKEN, WAITING]), _lead.follow_up_at <= now)
    never = _lead.follow_up_at.is_(None)
    condition = {
        CALL_NOW: or_(_lead.state == NEW, due),
        CALLING: and_(_lead.state == TAKEN, never),
        LATER: _lead.follow_up_at > now,
        WAITING_FOR: and_(_lead.state == WAITING, never),
    }
    if group == DONE_GROUP:
        return _lead.state == DONE
    return and_(_lead.state != DONE, condition[group])  # as the partial index says it


def page(
    scope: Scope, group: str, narrow: Narrow, *, now: datetime, after: str = "", size: int = PAGE
) -> Group:
    """The next `size` leads of `group` after the mark `after` (of an earlier page's `more`).

    A mark that is none starts at the beginning.
    """
    order = _ORDERS[group]
    # which ones, from an index alone, before their rows are read
    chosen = select(_lead.clinic, _lead.id, order.moment.label("place")).where(
        scope.own(tables.lead), _belongs(group, now), *narrow.conditions()
    )
    if mark := _read_mark(after):
        chosen = chosen.where(order.after(mark))
    page_of = order.sort(chosen).limit(size + 1).subquery()
    rows = scope.connection.execute(
        order.sort(
            select(tables.lead, page_of.c.place)
            .join(page_of, (_lead.clinic == page_of.c.clinic) & (_lead.id == page_of.c.id))
            .where(scope.own(tables.lead))
        )
    )
    found = list(rows.mappings())
    shown = found[:size]
    more = _mark(shown[-1]) if len(found) > size else ""
    return Group(rows=shown, more=more)


def open_counts(scope: Scope, narrow: Narrow, *, now: datetime) -> dict[str, int]:
    """How many leads each of the open groups has."""
    counted = [func.count().filter(_belongs(group, now)).label(group) for group in OPEN_GROUPS]
    query = select(*counted).where(
        scope.own(tables.lead), _lead.state != DONE, *narrow.conditions()
    )
    return dict(scope.connection.execute(query).mappings().one())


def done_since(scope: Scope, narrow: Narrow, since: datetime) -> int:
    query = select(func.count()).where(
        scope.own(tables.lead),
        _lead.state == DONE,
        _lead.changed_at >= since,
        *narrow.conditions(),
    )
    return scope.connection.scalar(query) or 0


def version(scope: Scope, narrow: Narrow, *, now: datetime) -> str:
    """Changes when a lead comes, moves or becomes due; says nothing about anybody."""
    where = [scope.own(tables.lead), *narrow.conditions()]
    seen = select(
        func.count(),
        func.max(_lead.received_at),
        func.max(_lead.changed_at),
        func.count().filter(_lead.follow_up_at <= now),
    ).where(_lead.state != DONE, *where)
    done = select(_lead.changed_at).where(_lead.state == DONE, *where)
    last_done = scope.connection.scalar(done.order_by(_lead.changed_at.desc()).limit(1))
    values = (*scope.connection.execute(seen).one(), last_done)
    return "-".join(_short(value) for value in values)


def _short(value: object) -> str:
    return f"{value.timestamp():.3f}" if isinstance(value, datetime) else str(value or 0)


def _mark(row: Row) -> str:
    plain = json.dumps([row["place"].astimezone(UTC).isoformat(), str(row["id"])])
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _read_mark(mark: str) -> tuple[datetime, UUID] | None:
    try:
        plain = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        at, lead_id = datetime.fromisoformat(plain[0]), UUID(plain[1])
    except (binascii.Error, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None
    return (at, lead_id) if at.tzinfo else None
