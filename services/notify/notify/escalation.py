"""Does what is due: the next contact, a reminder, word to the others, the end of a chain.

One pass each second, by the dispatcher.  Several may run: each step is done under its alert's
lock, by whoever comes first.  A step that cannot be done is tried again in a minute and holds up
no other.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, select, update

from contract.directory import Directory
from notify import bundles, chains, reminders, states, steps
from notify.alert import Alert
from notify.answered import silence
from notify.records import record
from notify.scene import Scene, counted
from notify.states import SETTLED, TAKEN, TOLD
from notify.tables import alert as alerts
from plumbing.documents import Reader

logger = logging.getLogger(__name__)

BATCH = 200
FREE = {"state": TOLD, "taken_by": None, "taken_contact_id": None, "taken_at": None}
AGAIN_AFTER = timedelta(minutes=1)


class Escalation:
    """Steps that are due, done."""

    def __init__(self, *, engine: Engine, reader: Reader[Directory], desk_url: str = "") -> None:
        self._engine = engine
        self._reader = reader
        self._desk_url = desk_url
        self._counted: Directory | None = None

    def work(self, now: datetime | None = None) -> int:
        """Do what is due at `now`; how many steps were looked at (more may be due)."""
        scene = Scene(
            directory=self._reader.current,
            desk_url=self._desk_url,
            now=now or datetime.now(UTC),
        )
        self._count(scene)
        with self._engine.begin() as connection:
            bundles.tell_alone(connection, scene)
        with self._engine.begin() as connection:
            due = steps.due(connection, now=scene.now, limit=BATCH)
        for together in _groups(due):
            self._do(together, scene)
        return len(due)

    def _count(self, scene: Scene) -> None:
        """All again when the directory is another one: hours and closures may have changed."""
        changed = scene.directory is not self._counted
        with self._engine.begin() as connection:
            waiting = steps.uncounted(connection, all_open=changed)
            counts = [(row, _when(row, scene)) for row in waiting]
            steps.set_due(connection, [(row, at) for row, at in counts if at != row.due_at])
        self._counted = scene.directory

    def _do(self, together: Sequence[Row[Any]], scene: Scene) -> None:
        try:
            with self._engine.begin() as connection:
                _carry_out(connection, together, scene)
        except Exception as error:  # whatever is wrong with it, the others are not delayed
            for row in together:
                fields = {"alert_id": row.alert_id, "reason": type(error).__name__}
                logger.exception("step failed, again in a minute", extra=fields)
                with self._engine.begin() as connection:
                    until = scene.now + AGAIN_AFTER
                    steps.put_off(connection, row.alert_id, row.n, until=until)


def _when(row: Row[Any], scene: Scene) -> datetime:
    try:
        location = scene.location(row.clinic, row.location)
        return counted(location, row.counted_from, row.minutes)
    except Exception as error:  # hours that make no sense must not make an alert wait for ever
        fields = {"alert_id": row.alert_id, "reason": type(error).__name__}
        logger.exception("open minutes not counted, the clock is used", extra=fields)
        return counted(None, row.counted_from, row.minutes)


def _groups(due: Sequence[Row[Any]]) -> Iterator[list[Row[Any]]]:
    """Those that were held for an opening: together for each location; any other alone."""
    held = sorted((row for row in due if row.held), key=lambda row: (row.clinic, row.location))
    for _place, rows in groupby(held, key=lambda row: (row.clinic, row.location)):
        yield list(rows)
    yield from ([row] for row in due if not row.held)


def _carry_out(connection: Connection, together: Sequence[Row[Any]], scene: Scene) -> None:
    locked = _lock(connection, [row.alert_id for row in together])
    ready = [
        (locked[row.alert_id], step)
        for row in together
        if (step := steps.still_due(connection, row.alert_id, row.n, now=scene.now))
    ]
    if len(ready) > 1:
        ready = bundles.tell_together(connection, ready, scene)
    for row, step in ready:
        _one(connection, row, step, scene)


def _lock(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """Always in the same order, so that nobody blocks anybody."""
    rows = connection.execute(
        select(alerts).where(alerts.c.id.in_(ids)).order_by(alerts.c.id).with_for_update()
    )
    return {row.id: row for row in rows}


def _one(connection: Connection, row: Row[Any], step: Row[Any], scene: Scene) -> None:
    alert = Alert.from_row(row)
    if row.state == SETTLED:
        steps.cancel(connection, alert.id, notices=True)
        return
    match step.kind:
        case states.NOTICE:
            reminders.tell_the_others(connection, alert, scene, step, taken=row)
        case states.REMINDER | states.FOLLOW_UP:
            reminders.remind(connection, alert, scene, step, taken=row)
        case states.TEXT:
            chains.text(connection, alert, scene, step)
        case _:
            _escalate(connection, alert, row, step, scene)


def _escalate(
    connection: Connection, alert: Alert, row: Row[Any], step: Row[Any], scene: Scene
) -> None:
    holder = ""
    if row.state == TAKEN:  # and no outcome, though reminded: the chain goes on
        silence(connection, alert.id)
        connection.execute(update(alerts).where(alerts.c.id == alert.id).values(FREE))
        holder = row.taken_by or ""
        record(connection, alert, "chain resumed", reason="no outcome", at=scene.now)
    elif step.contact_id is not None and chains.tell_person(
        connection, alert, scene, step.contact_id, waited=step.n
    ):
        return
    chains.tell_next(connection, alert, scene, kind=step.kind, holder=holder, waited=step.n)
