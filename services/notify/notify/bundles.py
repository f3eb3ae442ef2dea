"""Requests that came in while it was closed: one message for each person at opening, not many.

A bundle is sent whole or not at all: when one of its alerts is answered before it has gone out,
it is cancelled, and the others are told one by one.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from notify import chains, links, messages, numbers, states, telling
from notify.alert import Alert
from notify.roster import Recipient, Routing, recipients
from notify.routing import Turn
from notify.scene import Scene
from notify.states import STILL_OPEN
from notify.tables import alert as alerts
from notify.tables import bundled, contact, message, released, restored
from notify.wording import word_together
from notify.words import Item, Occasion

Ready = tuple[Row[Any], Row[Any]]  # an alert's row and its step that is due


def tell_together(connection: Connection, ready: Sequence[Ready], scene: Scene) -> list[Ready]:
    """Tell those that go to the same contact in one message; the rest comes back.

    All are of one location, and their alerts are locked.
    """
    routing = recipients(connection, ready[0][0].clinic, ready[0][0].location)
    groups: dict[tuple[int, tuple[str, ...]], list[tuple[Ready, Turn]]] = defaultdict(list)
    alone = []
    for row, step in ready:
        turn = chains.turn_due(connection, Alert.from_row(row), routing, scene, step)
        if turn is None or row.state not in STILL_OPEN or _waits_for_a_person(connection, row):
            alone.append((row, step))
        else:
            groups[turn.person.id, turn.channels].append(((row, step), turn))
    for found in groups.values():
        if len(found) == 1:
            alone.append(found[0][0])
        else:
            _tell(connection, found, routing, scene)
    return alone


def tell_alone(connection: Connection, scene: Scene) -> None:
    """What was in a bundle that did not go out, and nobody has answered."""
    rows = connection.execute(
        select(bundled, message.c.channel, message.c.contact_id)
        .join(message, message.c.id == bundled.c.message_id)
        .join(alerts, alerts.c.id == bundled.c.alert_id)
        .where(
            message.c.alert_id.is_(None),
            message.c.state == messages.CANCELLED,
            bundled.c.told_alone_at.is_(None),
            bundled.c.alert_round == alerts.c.round,
        )
        .order_by(bundled.c.alert_id)
        .with_for_update(of=alerts)
    ).all()
    for row in rows:
        mine = (bundled.c.message_id == row.message_id, bundled.c.alert_id == row.alert_id)
        connection.execute(update(bundled).where(*mine).values(told_alone_at=scene.now))
        alert = Alert.from_row(
            connection.execute(select(alerts).where(alerts.c.id == row.alert_id)).one()
        )
        person = Recipient.from_row(
            connection.execute(select(contact).where(contact.c.id == row.contact_id)).one()
        )
        occasion, channels = Occasion(kind=states.ALERT), (row.channel,)
        telling.tell(connection, alert, scene, person, channels, occasion, n=row.step_n)


def _tell(
    connection: Connection,
    found: Sequence[tuple[Ready, Turn]],
    routing: Routing,
    scene: Scene,
) -> None:
    turn = found[0][1]
    about = []
    for (row, step), mine in found:
        alert = Alert.from_row(row)
        chains.note_told(connection, alert, scene, mine, kind=step.kind, waited=step.n)
        chains.wait_for_answer(connection, alert, routing, scene)
        facts = telling.facts(alert, scene)
        link = links.make(
            connection, alert_id=alert.id, contact_id=turn.person.id, desk_url=scene.desk_url
        )
        number = (
            numbers.give(connection, alert.id, turn.person.id, now=scene.now)
            if turn.person.sms
            else None
        )
        about.append(Item(about=facts, link=link, number=number))
    for channel, address in turn.person.addresses():
        if channel in turn.channels:
            message_id = messages.add(
                connection,
                clinic=found[0][0][0].clinic,
                step=None,
                contact_id=turn.person.id,
                channel=channel,
                address=address,
                kind="digest",
                worded=word_together(channel, about, scene.desk_url),
            )
            connection.execute(
                bundled.insert(),
                [
                    {
                        "message_id": message_id,
                        "alert_id": row.id,
                        "step_n": step.n,
                        "alert_round": row.round,
                    }
                    for (row, step), _turn in found
                ],
            )


def _waits_for_a_person(connection: Connection, row: Row[Any]) -> bool:
    """From before a restore: what goes out about it alone is held, so it is in no bundle."""
    before = exists().where(restored.c.made_at >= row.received_at)
    free = exists().where(released.c.alert_id == row.id)
    return bool(connection.scalar(select(before & ~free)))
