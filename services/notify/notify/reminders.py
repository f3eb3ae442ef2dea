"""Whoever has it is asked how it went; the others who were told learn who has it."""

from typing import Any

from sqlalchemy import Connection, Row

from notify import chains, states, steps, telling
from notify.alert import Alert
from notify.records import record
from notify.roster import Recipient, Routing, recipients
from notify.scene import Scene
from notify.states import TAKEN
from notify.words import Occasion


def remind(
    connection: Connection, alert: Alert, scene: Scene, step: Row[Any], *, taken: Row[Any]
) -> None:
    """Whoever has it is asked how it went; then the chain goes on.  `taken`: the alert's row."""
    routing = recipients(connection, alert.clinic, alert.location)
    person = _holder(routing, taken)
    turn = chains.turn_now(routing, alert, person.id, scene) if person else None
    if turn is None:
        steps.plan_at(connection, alert.id, states.ESCALATION, scene.now)
        return
    n = steps.done(
        connection,
        alert.id,
        step.kind,
        at=scene.now,
        contact_id=turn.person.id,
        why=turn.why,
        waited=step.n,
    )
    occasion = Occasion(kind=step.kind, holder=taken.taken_by or "")
    telling.tell(connection, alert, scene, turn.person, turn.channels, occasion, n=n)
    record(
        connection,
        alert,
        "holder reminded",
        told="reminded",
        contact=turn.person.name,
        reason="call again now" if step.kind == states.FOLLOW_UP else "no outcome yet",
        step=n,
        at=scene.now,
    )
    chains.wait_for_answer(connection, alert, routing, scene)


def tell_the_others(
    connection: Connection, alert: Alert, scene: Scene, step: Row[Any], *, taken: Row[Any]
) -> None:
    """Who was told before learns who has it: by e-mail, which wakes nobody."""
    told = set(steps.told(connection, alert.id)) - {taken.taken_contact_id}
    steps.done(connection, alert.id, states.NOTICE, at=scene.now, contact_id=None, waited=step.n)
    if taken.state != TAKEN:
        return
    routing = recipients(connection, alert.clinic, alert.location)
    for person in routing.people.values():
        if person.id in told:
            occasion = Occasion(kind=states.NOTICE, holder=taken.taken_by or "")
            telling.tell(connection, alert, scene, person, ("email",), occasion, n=step.n)


def _holder(routing: Routing, taken: Row[Any]) -> Recipient | None:
    """The contact who has it; for a member of staff the contact of that name, else the first."""
    name = (taken.taken_by or "").casefold()
    people = list(routing.people.values())
    same = [person for person in people if person.id == taken.taken_contact_id]
    same += [person for person in people if person.name.split(",")[0].casefold() == name]
    return next(iter([*same, *routing.recipients]), None)
