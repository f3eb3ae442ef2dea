"""The rows of steps: what an alert waits for, and when that is due.  The only SQL on them.

An alert waits for one thing at a time; a notice to others goes beside it.  A step is due by the
clock (`at`), or when a number of open minutes has passed since a moment.  The latter are counted
by the dispatcher, which has the hours, and counted again whenever the hours change.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from notify.messages import FAILED
from notify.states import ALERT, ESCALATION, NOTICE
from notify.tables import alert, message, step
from plumbing.gathered import Writes, at_once

DUE, DONE, CANCELLED = "due", "done", "cancelled"

WAITS = and_(step.c.state == DUE, step.c.kind != NOTICE)

_SET_DUE = (
    update(step)
    .where(
        step.c.alert_id == bindparam("of"),
        step.c.n == bindparam("number"),
        step.c.state == DUE,
        step.c.counted_from == bindparam("since"),
    )
    .values(due_at=bindparam("at"))
)
_CANCELLED = update(step).where(step.c.alert_id == bindparam("of")).values(state=CANCELLED)
_CANCEL, _CANCEL_ALL = _CANCELLED.where(WAITS), _CANCELLED.where(step.c.state == DUE)


def plan_at(
    connection: Writes,
    alert_id: UUID,
    kind: str,
    at: datetime,
    *,
    contact_id: int | None = None,
    n: int | None = None,
) -> int:
    """Due at `at` by the clock, instead of what the alert waited for; its number.

    `n`: its number, from a caller who knows the last one, and that nothing is waited for.
    """
    return _plan(connection, alert_id, kind, n=n, contact_id=contact_id, due_at=at)


def plan_open(
    connection: Writes,
    alert_id: UUID,
    kind: str,
    *,
    minutes: int,
    since: datetime,
    contact_id: int | None = None,
    held: bool = False,
    n: int | None = None,
) -> int:
    """Due when `minutes` open minutes have passed since `since` (0: at the next opening)."""
    return _plan(
        connection,
        alert_id,
        kind,
        n=n,
        contact_id=contact_id,
        counted_from=since,
        minutes=minutes,
        held=held,
    )


def done(
    connection: Writes,
    alert_id: UUID,
    kind: str,
    *,
    at: datetime,
    contact_id: int | None,
    why: Sequence[str] = (),
    waited: int | None = None,
    n: int | None = None,
) -> int:
    """What was done at `at`, instead of what the alert waited for; its number.

    `waited`: the number of the step that waited for just this; `n`: as in `plan_at`.
    """
    values: dict[str, object] = {"kind": kind, "state": DONE, "contact_id": contact_id}
    values |= {"done_at": at, "why": list(why)}
    if waited is not None:
        mine = (step.c.alert_id == alert_id, step.c.n == waited)
        at_once(connection).execute(update(step).where(*mine).values(values))
        return waited
    if n is None:
        cancel(at_once(connection), alert_id)
    return _add(connection, alert_id, n, **values | {"due_at": at})


def cancel(connection: Connection, alert_id: UUID, *, notices: bool = False) -> None:
    """The alert waits for nothing any more."""
    connection.execute(_CANCEL_ALL if notices else _CANCEL, {"of": alert_id})


def uncounted(connection: Connection, *, all_open: bool) -> Sequence[Row[Any]]:
    """Waiting steps of which nobody has counted when they are due; `all_open`: those counted, too.

    With the clinic and location of their alert.
    """
    open_ones = step.c.counted_from.is_not(None)
    which = or_(step.c.due_at.is_(None), open_ones) if all_open else step.c.due_at.is_(None)
    return connection.execute(
        select(step, alert.c.clinic, alert.c.location)
        .join(alert, alert.c.id == step.c.alert_id)
        .where(step.c.state == DUE, which)
    ).all()


def set_due(connection: Connection, counted: Sequence[tuple[Row[Any], datetime]]) -> None:
    """When each is due, unless it was done or planned anew meanwhile."""
    if counted:
        rows = [
            {"of": row.alert_id, "number": row.n, "since": row.counted_from, "at": at}
            for row, at in counted
        ]
        connection.execute(_SET_DUE, rows)


def due(connection: Connection, *, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Steps that are due, longest overdue first; looked at, not locked."""
    return connection.execute(
        select(step, alert.c.clinic, alert.c.location)
        .join(alert, alert.c.id == step.c.alert_id)
        .where(step.c.state == DUE, step.c.due_at <= now)
        .order_by(step.c.due_at, alert.c.received_at, step.c.n)
        .limit(limit)
    ).all()


def still_due(connection: Connection, alert_id: UUID, n: int, *, now: datetime) -> Row[Any] | None:
    """The step, if it is still to be done; the caller holds the alert's row."""
    return connection.execute(
        select(step).where(
            step.c.alert_id == alert_id, step.c.n == n, step.c.state == DUE, step.c.due_at <= now
        )
    ).one_or_none()


def put_off(connection: Connection, alert_id: UUID, n: int, *, until: datetime) -> None:
    connection.execute(
        update(step)
        .where(step.c.alert_id == alert_id, step.c.n == n, step.c.state == DUE)
        .values(due_at=until, counted_from=None, minutes=None)
    )


def told(connection: Connection, alert_id: UUID) -> list[int]:
    """Ids of the contacts that were told in the present pass through the chain, first to last."""
    return list(
        connection.scalars(
            select(step.c.contact_id)
            .join(alert, alert.c.id == step.c.alert_id)
            .where(
                step.c.alert_id == alert_id,
                step.c.state == DONE,
                step.c.kind.in_([ALERT, ESCALATION]),
                step.c.contact_id.is_not(None),
                step.c.n > alert.c.pass_from,
            )
            .order_by(step.c.n)
        )
    )


def hurry(connection: Connection, alert_id: UUID | None) -> None:
    """The contact who was told last got nothing: the next one's turn is now."""
    last = (
        select(step.c.n)
        .where(
            step.c.alert_id == alert_id,
            step.c.state == DONE,
            step.c.kind.in_([ALERT, ESCALATION]),
        )
        .order_by(step.c.n.desc())
        .limit(1)
        .scalar_subquery()
    )
    of_it = (message.c.alert_id == alert_id, message.c.step_n == last)
    in_vain = exists().where(*of_it) & ~exists().where(*of_it, message.c.state != FAILED)
    next_now(connection, and_(step.c.alert_id == alert_id, in_vain))


def next_now(connection: Connection, which: ColumnElement[bool]) -> int:
    """The next contact's turn, where that is what is waited for, is now; of how many alerts."""
    hurried = connection.execute(
        update(step)
        .where(which, WAITS, step.c.kind == ESCALATION)
        .values(due_at=func.now(), counted_from=None, minutes=None)
    )
    return hurried.rowcount


def _plan(connection: Writes, alert_id: UUID, kind: str, *, n: int | None, **values: object) -> int:
    if kind != NOTICE and n is None:
        cancel(at_once(connection), alert_id)
    return _add(connection, alert_id, n, kind=kind, state=DUE, **values)


def _add(connection: Writes, alert_id: UUID, n: int | None, **values: object) -> int:
    """The caller holds the alert's row, so the next number is nobody else's."""
    row = {**_NOTHING, **values, "of": alert_id}
    if n is None:
        number: int = at_once(connection).scalars(_ADD_NEXT, row).one()
        return number
    connection.execute(_ADD, {**row, "n": n})
    return n


_NOTHING: Mapping[str, object] = {
    "kind": None,
    "state": None,
    "contact_id": None,
    "due_at": None,
    "counted_from": None,
    "minutes": None,
    "held": False,
    "why": [],
    "done_at": None,
}


_GIVEN = {name: bindparam(name, type_=step.c[name].type) for name in _NOTHING}
_ROW = insert(step).values(alert_id=bindparam("of"), **_GIVEN)
_LAST = select(func.coalesce(func.max(step.c.n), 0)).where(step.c.alert_id == bindparam("of"))
_ADD = _ROW.values(n=bindparam("n"))
_ADD_NEXT = _ROW.values(n=_LAST.scalar_subquery() + 1).returning(step.c.n)
