"""One contact after another, until somebody answers: who is next, and what is waited for then.

The caller holds the alert's row, or has just made it.  Who is next is found anew each time: what
was changed meanwhile - a day off, a cover, an order - holds.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, update

from notify import states, steps, telling
from notify.alert import Alert
from notify.alertbook import EMAIL_NOW, HOLD, NOW
from notify.records import NOTED, record
from notify.roster import Routing, recipients
from notify.routing import Turn, asks_on_call, chain, closed, turn_of
from notify.scene import Scene
from notify.tables import alert as alerts
from notify.words import Occasion
from plumbing.gathered import Gathered, Writes, gathered

OPENED = "alert opened"
EVENTS = {OPENED: "opened", "next contact": "escalated"}
UNANSWERED = "nobody answered"


def begin(connection: Connection, alert: Alert, routing: Routing, scene: Scene) -> None:
    """The first step: somebody is told now, or what the policy says while it is closed."""
    turn = _soonest(_turns(alert, routing, scene, before=frozenset()))  # nobody was told yet
    if turn is None:
        record(connection, alert, OPENED, told="opened", at=scene.now)
        _end(connection, alert, routing, scene, waited=None)
        return
    with gathered(connection) as writes:
        _begin_with(writes, alert, routing, turn, scene)


def _begin_with(
    connection: Gathered, alert: Alert, routing: Routing, turn: Turn, scene: Scene
) -> None:
    """It has no steps yet, so their numbers are known."""
    location = scene.location(alert.clinic, alert.location)
    mode = routing.policy.after_hours if closed(location, scene.now) else NOW
    mails = mode == EMAIL_NOW and "email" in turn.channels and turn.at <= scene.now
    if mode in {HOLD, EMAIL_NOW} and not mails:
        why, now = "closed: told at opening", scene.now
        steps.plan_open(connection, alert.id, states.ALERT, minutes=0, since=now, held=True, n=1)
        record(connection, alert, OPENED, told="opened", reason=why, at=now)
    elif mails:
        why = "closed: e-mail now, text at opening"
        turn = replace(turn, channels=("email",), why=(*turn.why, why))
        told(connection, alert, scene, turn, kind=states.ALERT, said=OPENED, n=1)
        _text_at_opening(connection, alert, routing, turn, scene, n=2)
    elif turn.at > scene.now:
        steps.plan_at(connection, alert.id, states.ALERT, turn.at, n=1)
        reason = "; ".join(turn.why)
        record(connection, alert, OPENED, told="opened", reason=reason, at=scene.now)
    else:
        told(connection, alert, scene, turn, kind=states.ALERT, said=OPENED, n=1)
        wait_for_answer(connection, alert, routing, scene, n=2)


def _text_at_opening(
    connection: Writes, alert: Alert, routing: Routing, turn: Turn, scene: Scene, *, n: int
) -> None:
    if not turn.person.sms:
        wait_for_answer(connection, alert, routing, scene, n=n)
        return
    steps.plan_open(
        connection,
        alert.id,
        states.TEXT,
        minutes=0,
        since=scene.now,
        contact_id=turn.person.id,
        held=True,
        n=n,
    )


def turns_left(
    connection: Connection, alert: Alert, routing: Routing, scene: Scene
) -> Sequence[Turn]:
    """Everybody who was not told yet in this pass, first to last."""
    before = frozenset(steps.told(connection, alert.id))
    return _turns(alert, routing, scene, before=before)


def _turns(
    alert: Alert, routing: Routing, scene: Scene, *, before: frozenset[int]
) -> Sequence[Turn]:
    location = scene.location(alert.clinic, alert.location)
    turns = chain(
        routing,
        location,
        scene.now,
        on_call=asks_on_call(routing, location, scene.now),
        speaks=alert.speaks,
        first_place=alert.first_place,
    )
    return [turn for turn in turns if turn.person.id not in before]


def next_turn(connection: Connection, alert: Alert, routing: Routing, scene: Scene) -> Turn | None:
    """Whoever can be told soonest, the first of them; None: everybody was told."""
    return _soonest(turns_left(connection, alert, routing, scene))


def _soonest(turns: Sequence[Turn]) -> Turn | None:
    return min(turns, key=lambda turn: turn.at, default=None)  # the first of several


def tell_next(
    connection: Connection,
    alert: Alert,
    scene: Scene,
    *,
    kind: str,
    holder: str = "",
    waited: int | None = None,
) -> None:
    """The next contact is told, or waited for, or the chain has ended.

    `holder`: who had it and said no outcome; `waited`: the number of the step that was
    due.
    """
    routing = recipients(connection, alert.clinic, alert.location)
    turn = next_turn(connection, alert, routing, scene)
    if turn is None:
        _end(connection, alert, routing, scene, waited=waited)
    elif turn.at > scene.now:
        steps.plan_at(connection, alert.id, kind, turn.at)
    else:
        told(connection, alert, scene, turn, kind=kind, holder=holder, waited=waited)
        wait_for_answer(connection, alert, routing, scene)


def tell_person(
    connection: Connection, alert: Alert, scene: Scene, contact_id: int, *, waited: int
) -> bool:
    """This contact's turn is now, as somebody said; False: they cannot be told now."""
    routing = recipients(connection, alert.clinic, alert.location)
    turn = turn_now(routing, alert, contact_id, scene)
    if turn is None:
        return False
    turn = replace(turn, why=(*turn.why, "passed on"))
    told(connection, alert, scene, turn, kind=states.ESCALATION, waited=waited)
    wait_for_answer(connection, alert, routing, scene)
    return True


def text(connection: Connection, alert: Alert, scene: Scene, step: Row[Any]) -> None:
    """The text that waited for the opening; who is off or quiet by now makes way for the next."""
    routing = recipients(connection, alert.clinic, alert.location)
    turn = turn_due(connection, alert, routing, scene, step)
    if turn is None:
        tell_next(connection, alert, scene, kind=states.ESCALATION, waited=step.n)
        return
    told(connection, alert, scene, turn, kind=states.TEXT, waited=step.n)
    wait_for_answer(connection, alert, routing, scene)


def turn_now(routing: Routing, alert: Alert, contact_id: int, scene: Scene) -> Turn | None:
    """The turn of this contact if they can be told now."""
    location = scene.location(alert.clinic, alert.location)
    for person in routing.people.values():
        if person.id == contact_id:
            turn = turn_of(person, routing, location, scene.now)
            return turn if turn and turn.at <= scene.now else None
    return None


def turn_due(
    connection: Connection, alert: Alert, routing: Routing, scene: Scene, step: Row[Any]
) -> Turn | None:
    """Who is told by a step that waited for the opening, if they can be told now."""
    if step.kind == states.TEXT:
        turn = turn_now(routing, alert, step.contact_id, scene)
        able = turn is not None and "sms" in turn.channels
        return replace(turn, channels=("sms",)) if turn and able else None
    turn = next_turn(connection, alert, routing, scene)
    return turn if turn and turn.at <= scene.now else None


def told(
    connection: Writes,
    alert: Alert,
    scene: Scene,
    turn: Turn,
    *,
    kind: str,
    holder: str = "",
    said: str = "",
    waited: int | None = None,
    n: int | None = None,
) -> None:
    """Send this contact a message on the channels of their turn.

    `said`: for the audit; `waited`, `n`: as in steps.done.
    """
    n = note_told(connection, alert, scene, turn, kind=kind, said=said, waited=waited, n=n)
    occasion = Occasion(kind=kind, holder=holder)
    telling.tell(connection, alert, scene, turn.person, turn.channels, occasion, n=n)


def note_told(
    connection: Writes,
    alert: Alert,
    scene: Scene,
    turn: Turn,
    *,
    kind: str,
    said: str = "",
    waited: int | None = None,
    n: int | None = None,
) -> int:
    """The step is done, with the reason for the choice; its number."""
    at, person = scene.now, turn.person
    why = turn.why or ("next in order" if kind == states.ESCALATION else "first in order",)
    n = steps.done(
        connection,
        alert.id,
        kind,
        at=at,
        contact_id=person.id,
        why=why,
        waited=waited,
        n=n,
    )
    usual = "next contact" if kind == states.ESCALATION else "contact chosen"
    record(
        connection,
        alert,
        said or usual,
        told=EVENTS.get(said or usual, NOTED),
        contact=person.name,
        reason="; ".join(turn.why),
        step=n,
        at=at,
        key=person.key,
        channels=list(turn.channels),
    )
    return n


def wait_for_answer(
    connection: Writes, alert: Alert, routing: Routing, scene: Scene, *, n: int | None = None
) -> None:
    """In open minutes; contacts on call have no hours, so theirs are the clock's.

    `n`: as in steps.plan_at.
    """
    location = scene.location(alert.clinic, alert.location)
    minutes = routing.policy.next_after
    if asks_on_call(routing, location, scene.now):
        at = scene.now + timedelta(minutes=minutes)
        steps.plan_at(connection, alert.id, states.ESCALATION, at, n=n)
    else:
        steps.plan_open(
            connection, alert.id, states.ESCALATION, minutes=minutes, since=scene.now, n=n
        )


def _end(
    connection: Connection,
    alert: Alert,
    routing: Routing,
    scene: Scene,
    *,
    waited: int | None,
) -> None:
    """Everybody was told and nobody answered: all are told so, once, and the desk is."""
    location = scene.location(alert.clinic, alert.location)
    if asks_on_call(routing, location, scene.now):  # the others wait for the opening
        since = scene.now
        steps.plan_open(connection, alert.id, states.ESCALATION, minutes=0, since=since)
        return
    n = steps.done(
        connection,
        alert.id,
        states.MISSED,
        at=scene.now,
        contact_id=None,
        why=[UNANSWERED],
        waited=waited,
    )
    missed = update(alerts).where(alerts.c.id == alert.id).values(missed_at=scene.now)
    connection.execute(missed)
    turns = chain(routing, location, scene.now, speaks=alert.speaks, first_place=alert.first_place)
    for turn in turns:
        channels = turn.channels if turn.at <= scene.now else ()
        telling.tell(
            connection, alert, scene, turn.person, channels, Occasion(kind=states.MISSED), n=n
        )
    at, why = scene.now, UNANSWERED
    record(connection, alert, "alert missed", told="missed", reason=why, step=n, at=at)
