"""A contact of whom nobody knows whether anything reached them: the next one's turn is now.

    e-mail or text      no provider has taken it for `TAKEN_WITHIN`
    text                a provider that tells has not said "delivered" for `ARRIVED_WITHIN`

A contact is told on all their channels at once, so what is left to try is another contact.  Whoever
was told may still answer.  Without somebody else to tell, the chain waits as it would anyway.
"""

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, exists, func, or_, select

from contract.directory import Directory
from notify import chains, steps
from notify.alert import Alert
from notify.messages import ACCEPTED, CANCELLED, QUEUED, SENDING, UNKNOWN
from notify.providers import Provider
from notify.providers.reports import DELIVERED, SENT, Reporter
from notify.records import record
from notify.roster import recipients
from notify.scene import Scene
from notify.states import ALERT, ESCALATION, STILL_OPEN
from notify.tables import alert as alerts
from notify.tables import contact, message, step
from plumbing.documents import Reader

logger = logging.getLogger(__name__)

EVERY_S = 5.0
TAKEN_WITHIN = timedelta(seconds=30)
ARRIVED_WITHIN = timedelta(seconds=90)
LOOKED_AT = timedelta(minutes=15)  # afterwards the chain has gone on by itself
AT_ONCE = 200


class Unheard:
    """Looks for such contacts every `EVERY_S`."""

    def __init__(
        self,
        *,
        engine: Engine,
        reader: Reader[Directory],
        providers: Mapping[str, Sequence[Provider]],
        desk_url: str = "",
    ) -> None:
        """`providers`: channel -> providers, as for sending."""
        self._engine = engine
        self._reader = reader
        self._desk_url = desk_url
        self._reporting = sorted(
            {one.name for some in providers.values() for one in some if isinstance(one, Reporter)}
        )
        self._next = 0.0

    def work(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_S
        scene = Scene(
            directory=self._reader.current, desk_url=self._desk_url, now=datetime.now(UTC)
        )
        with self._engine.begin() as connection:
            tell_others(connection, scene, reporting=self._reporting)


def tell_others(connection: Connection, scene: Scene, *, reporting: Collection[str]) -> int:
    """Hurry the chains of all such contacts; how many.  `reporting`: providers that tell."""
    return sum(_hurry(connection, row, scene) for row in _unheard(connection, reporting))


def _unheard(connection: Connection, reporting: Collection[str]) -> list[Row[Any]]:
    """The last contact told of each alert, where no message to them counts as heard."""
    told = and_(step.c.state == steps.DONE, step.c.kind.in_([ALERT, ESCALATION]))
    after = step.alias()
    later = exists().where(
        after.c.alert_id == step.c.alert_id,
        after.c.n > step.c.n,
        after.c.state == steps.DONE,
    )
    of_it = and_(message.c.alert_id == step.c.alert_id, message.c.step_n == step.c.n)
    found = (
        select(alerts, contact.c.name.label("contact"), step.c.n)
        .join(step, step.c.alert_id == alerts.c.id)
        .join(contact, contact.c.id == step.c.contact_id)
        .where(
            told,
            step.c.done_at.between(func.now() - LOOKED_AT, func.now() - TAKEN_WITHIN),
            alerts.c.state.in_(STILL_OPEN),
            ~later,
            exists().where(of_it),
            ~exists().where(of_it, _heard(reporting)),
        )
        .order_by(step.c.done_at)
        .limit(AT_ONCE)
        .with_for_update(of=alerts, skip_locked=True)
    )
    return list(connection.execute(found))


def _heard(reporting: Collection[str]) -> ColumnElement[bool]:
    """Of a message: it arrived as far as anybody can know, or still has its time."""
    young = message.c.created_at > func.now() - TAKEN_WITHIN
    planned = and_(message.c.attempt_no == 0, message.c.due_at > func.now() - TAKEN_WITHIN)
    reported = and_(message.c.channel == "sms", message.c.provider.in_(reporting))
    on_its_way = message.c.created_at > func.now() - ARRIVED_WITHIN
    return or_(
        message.c.state.in_([DELIVERED, CANCELLED]),
        and_(message.c.state.in_([ACCEPTED, SENT]), or_(~reported, on_its_way)),
        and_(message.c.state.in_([QUEUED, SENDING, UNKNOWN]), or_(young, planned)),
    )


def _hurry(connection: Connection, row: Row[Any], scene: Scene) -> int:
    alert = Alert.from_row(row)
    routing = recipients(connection, alert.clinic, alert.location)
    left = chains.turns_left(connection, alert, routing, scene)
    if not any(turn.at <= scene.now for turn in left):
        return 0
    if not steps.next_now(connection, step.c.alert_id == alert.id):
        return 0  # it waits for something else, an opening
    reason = "nobody knows whether a message reached them"
    record(
        connection,
        alert,
        "contact not heard of",
        contact=row.contact,
        reason=reason,
        step=row.n,
        at=scene.now,
    )
    logger.warning("contact not heard of", extra={"alert_id": alert.id, "clinic": alert.clinic})
    return 1
