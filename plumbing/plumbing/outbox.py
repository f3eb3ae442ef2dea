"""Events that wait in the sender's own database until the receiver says that it has them.

A row is written in the transaction of what it tells about; it ends only by the receiver's
confirmation, never by having been published (a broker may forget).  What the receiver refuses is
set aside: it is offered again, after a growing pause, and takes nobody's turn.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Column,
    Connection,
    DateTime,
    FromClause,
    Insert,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    Update,
    Uuid,
    bindparam,
    func,
    literal,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from contract.events import Envelope
from plumbing import wakes
from plumbing.gathered import Writes

CHANNEL = "outbox"  # LISTEN/NOTIFY: rows were just committed (plumbing.wakes)
BACKOFF = timedelta(seconds=5)  # unconfirmed after this long: tried again
REFUSED_S, REFUSED_AT_MOST_S = 10, 60  # the first pause of what was refused, and the longest

# A claim or confirmation that a crash of the server takes back is made again: nobody waits for the
# disk.  Of this transaction only; as a condition, so that it costs no round trip of its own.
_NO_DISK = (
    select(func.set_config(literal("synchronous_commit"), literal("off"), true())).scalar_subquery()
    == "off"
)


def outbox_table(metadata: MetaData) -> Table:
    return Table(
        "outbox",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("name", Text, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("data", JSONB, nullable=False),
        Column("sealed", Text),
        Column("tries", Integer, nullable=False, server_default="0"),
        Column("refused", Integer, nullable=False, server_default="0"),  # times, by the receiver
        Column("next_try_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("confirmed_at", DateTime(timezone=True)),
    )


def add(connection: Writes, outbox: Table, envelope: Envelope) -> None:
    """Write `envelope`; the relay is woken when the caller's transaction commits."""
    connection.execute(_adding(outbox), parameters(envelope))
    wakes.say(connection, CHANNEL)


@cache
def _adding(outbox: Table) -> Insert:
    return outbox.insert().values(_given(outbox))


def adding_if(outbox: Table, happened: FromClause) -> Insert:
    """As part of a larger statement: an event for each row of `happened`, with `parameters`.

    Whoever carries it out wakes the relay.
    """
    given = _given(outbox)
    return outbox.insert().from_select(list(given), select(*given.values()).select_from(happened))


def parameters(envelope: Envelope) -> dict[str, object]:
    return {
        "event_id": envelope.id,
        "event_name": envelope.name,
        "event_at": envelope.at,
        "event_data": envelope.data,
        "event_sealed": envelope.sealed,
    }


def _given(outbox: Table) -> dict[str, BindParameter[Any]]:
    names = ("id", "name", "at", "data", "sealed")
    return {name: bindparam(f"event_{name}", type_=outbox.c[name].type) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """`events`: each with the number of earlier tries, oldest first.

    `lately`, `overdue`: what was handed on before and is not confirmed: whose time is not over
    yet, and whose is, so that it is handed on again.  What was set aside is none of them: however
    many those are, others have their turn.
    """

    events: list[tuple[int, Envelope]]
    lately: int
    overdue: int


def claim(
    connection: Connection, outbox: Table, *, limit: int, window: int, fair_by: str = ""
) -> Claimed:
    """Up to `limit` due events, and no more than make `window` of those whose time is not over.

    `fair_by`: a field of the events' data; those who differ in it have their turn one by one, so
    that one of them who has very many delays no other.

    A claimed event is nobody else's for `BACKOFF`, however many relays run: commit before you
    publish, so that a relay that dies costs that long and no more.
    """
    of_it = {"limit": limit, "window": window}
    rows = connection.execute(_claiming(outbox, fair_by), of_it).mappings().all()
    events = [
        (
            row["tries"] - 1,
            Envelope(
                id=row["id"],
                name=row["name"],
                at=row["at"],
                data=row["data"],
                sealed=row["sealed"],
            ),
        )
        for row in rows
        if row["id"]
    ]
    return Claimed(
        events=sorted(events, key=lambda pair: pair[1].at),
        lately=rows[0]["lately"],
        overdue=rows[0]["overdue"],
    )


@cache
def _claiming(outbox: Table, fair_by: str) -> Select[Any]:
    """At least one row: how many are under way."""
    in_time = outbox.c.next_try_at > func.now()
    under_way = (
        select(
            func.count().filter(in_time).label("lately"),
            func.count().filter(~in_time).label("overdue"),
        )
        .select_from(outbox)
        .where(outbox.c.confirmed_at.is_(None), outbox.c.tries > 0, outbox.c.refused == 0)
        .cte("under_way")
    )
    room = bindparam("window", type_=BigInteger) - select(under_way.c.lately).scalar_subquery()
    limit = func.greatest(func.least(bindparam("limit", type_=BigInteger), room), 0)
    waiting = (outbox.c.confirmed_at.is_(None), outbox.c.next_try_at <= func.now())
    turn = func.row_number().over(
        partition_by=outbox.c.data[fair_by].astext, order_by=outbox.c.next_try_at
    )
    in_turn = select(outbox.c.id, outbox.c.next_try_at, turn.label("turn")).where(*waiting)
    ranked = in_turn.subquery()
    first = select(ranked.c.id).order_by(ranked.c.turn, ranked.c.next_try_at).limit(limit)
    oldest = select(outbox.c.id).where(*waiting).order_by(outbox.c.next_try_at).limit(limit)
    chosen = oldest if not fair_by else select(outbox.c.id).where(outbox.c.id.in_(first), *waiting)
    due = chosen.with_for_update(skip_locked=True).cte("due")
    claimed = (
        update(outbox)
        .where(outbox.c.id.in_(select(due.c.id)), _NO_DISK)
        .values(tries=outbox.c.tries + 1, next_try_at=func.now() + BACKOFF)
        .returning(outbox)
        .cte("claimed")
    )
    return select(under_way, claimed).select_from(under_way.outerjoin(claimed, true()))


def confirm(connection: Connection, outbox: Table, ids: Iterable[UUID]) -> None:
    """The receiver has stored these events.  Saying so twice does no harm."""
    connection.execute(_confirming(outbox), {"of": list(ids)})


@cache
def _confirming(outbox: Table) -> Update:
    return (
        update(outbox)
        .where(
            outbox.c.id == func.any(bindparam("of", type_=ARRAY(Uuid))),
            outbox.c.confirmed_at.is_(None),
            _NO_DISK,
        )
        .values(confirmed_at=func.now())
    )


def refuse(connection: Connection, outbox: Table, ids: Iterable[UUID]) -> None:
    """The receiver was asked and cannot take these events: set aside, each for a longer time."""
    connection.execute(_refusing(outbox), {"of": list(ids)})


@cache
def _refusing(outbox: Table) -> Update:
    pause_s = func.least(REFUSED_S * func.power(2, outbox.c.refused), REFUSED_AT_MOST_S)
    return (
        update(outbox)
        .where(
            outbox.c.id == func.any(bindparam("of", type_=ARRAY(Uuid))),
            outbox.c.confirmed_at.is_(None),
        )
        .values(
            refused=outbox.c.refused + 1,
            next_try_at=func.now() + pause_s * timedelta(seconds=1),
        )
    )


def set_aside(connection: Connection, outbox: Table) -> list[str]:
    """A line for each kind of event that the receiver refuses; [] when it takes all."""
    waiting = (
        select(outbox.c.name, func.count(), func.min(outbox.c.at))
        .where(outbox.c.confirmed_at.is_(None), outbox.c.refused > 0)
        .group_by(outbox.c.name)
        .order_by(outbox.c.name)
    )
    return [
        f"{count} events {name} are refused, the oldest of {at:%Y-%m-%d %H:%M} UTC"
        for name, count, at in connection.execute(waiting)
    ]


def oldest_waiting_s(connection: Connection) -> float:
    """Seconds since the oldest unconfirmed event was written; 0 when there is none."""
    return float(
        connection.scalar(
            text(
                "SELECT coalesce(extract(epoch FROM now() - min(at)), 0)"
                " FROM outbox WHERE confirmed_at IS NULL"
            )
        )
        or 0
    )
