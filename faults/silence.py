"""An answer, a claim and the next contact's turn start at the same moment: nothing that was not
claimed before the answer is ever sent.

Answers come by link, by text and from the desk.  Every other message is one that a worker has
died with, every fifth tells of two alerts together.
"""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, select, update

from bench.figures import Figure
from bench.progress import counted
from contract.events import LeadAccepted, LeadHandled
from faults.databases import notify_database
from notify import alerts, answered, attempts, contacts, handled, lookup, messages, replies, steps
from notify.alertbook import ClinicAlerts, Contact
from notify.escalation import Escalation
from notify.messages import Seen
from notify.tables import alert, bundled, contact, message, reply_number, step
from notify.words import Worded
from tests.notify.builders import as_sent

RACES, QUICK = 2_000, 50
WAIT_S = 30
TEXTS = 1_000_000  # the clinic's limit must not be what keeps a message back
LATER_S = 0.2  # an answer takes a few milliseconds, on a busy machine more
ANSWERS = ("link", "text", "reached by text", "desk takes", "desk has reached")
OMAR = Contact(key="omar", name="Omar", email=None, sms="+15595550102")
ROSA = Contact(key="rosa", name="Rosa", email="rosa@envista.example", sms=None)


def measure(*, quick: bool, seed: int) -> list[Figure]:
    races = QUICK if quick else RACES
    with notify_database() as engine:
        late, claimed = race(engine, races=races, seed=seed)
    beside = f"{races} races, in {claimed} of them the claim came first"
    return [Figure(what="messages after an answer", value=late, unit="", at_most=0, beside=beside)]


@dataclass
class _Reader:
    current: None = None


def race(engine: Engine, *, races: int, seed: int) -> tuple[int, int]:
    """How many messages could be claimed after an answer, and how many were before it."""
    dice = random.Random(seed)
    people = {"shafter": ("omar", "rosa")}
    contacts.store(engine, ClinicAlerts(clinic="envista", contacts=(OMAR, ROSA), tell=people))
    late = before = 0
    for number in counted(range(races), "races"):
        seen, about = _a_message(engine, together=number % 5 == 4)
        if number % 2:
            _die_with(engine, seen)
            seen = _looked_at(engine, seen.outgoing.id)
        late_s = dice.choice((0.0, dice.uniform(0, LATER_S)))
        claimed, answered_first = _one(engine, seen, about, dice.choice(ANSWERS), late_s)
        before += claimed and not answered_first
        late += (claimed and answered_first) + _still_claimable(engine, about)
    return late, before


def _a_message(engine: Engine, *, together: bool) -> tuple[Seen, UUID]:
    """A queued message and the alert that will be answered; the next contact's turn is now."""
    with engine.begin() as connection:
        opened = [_open(connection) for _ in range(2 if together else 1)]
        for alert_id in opened:
            steps.plan_at(connection, alert_id, "escalation", datetime.now(UTC))
        chosen = select(message.c.id).where(message.c.alert_id == opened[0])
        message_id = connection.execute(chosen).scalar_one()
        if together:
            message_id = _bundle(connection, opened)
    return _looked_at(engine, message_id), opened[0]


def _open(connection: Connection) -> UUID:
    lead = LeadAccepted(
        lead_id=str(uuid4()),
        clinic="envista",
        location="shafter",
        kind="contact",
        reference="K7QF2MPD",
        received_at=datetime.now(UTC).isoformat(),
    )
    alerts.open_alert(connection, lead, None)
    mine = select(alert.c.id).where(alert.c.lead_id == lead.lead_id)
    return UUID(str(connection.execute(mine).scalar_one()))


def _bundle(connection: Connection, opened: Sequence[UUID]) -> UUID:
    message_id = messages.add(
        connection,
        clinic="envista",
        step=None,
        contact_id=_omar(connection),
        channel="sms",
        address=str(OMAR.sms),
        kind="digest",
        worded=Worded(subject="", text="2 requests", html=""),
    )
    row = {"message_id": message_id, "step_n": 1, "alert_round": 0}
    connection.execute(bundled.insert(), [row | {"alert_id": alert_id} for alert_id in opened])
    return message_id


def _looked_at(engine: Engine, message_id: UUID) -> Seen:
    with engine.connect() as connection:
        seen = lookup.look(connection, message_id)
    assert seen is not None
    return seen


def _die_with(engine: Engine, seen: Seen) -> None:
    """A worker claims the message and is never heard of again; its lease has lapsed."""
    with engine.begin() as connection:
        assert attempts.claim(connection, seen, provider="fake", lease_s=-1, texts_per_day=TEXTS)


def _one(engine: Engine, seen: Seen, about: UUID, how: str, late_s: float) -> tuple[bool, bool]:
    """Whether the claim, begun `late_s` after the answer, succeeded; whether it saw the answer."""
    barrier = Barrier(3)

    def answer() -> None:
        barrier.wait(WAIT_S)
        with engine.begin() as connection:
            _answer(connection, about, how)

    def claim() -> tuple[bool, bool]:
        barrier.wait(WAIT_S)
        time.sleep(late_s)
        with engine.begin() as connection:
            claimed = as_sent(connection, seen, texts_per_day=TEXTS)
            state = connection.scalar(select(alert.c.state).where(alert.c.id == about))
            return claimed, state in {"taken", "settled"}

    def escalate() -> None:
        reader: Any = _Reader()
        escalation = Escalation(engine=engine, reader=reader)
        barrier.wait(WAIT_S)
        escalation.work(datetime.now(UTC))

    jobs: list[Callable[[], Any]] = [answer, claim, escalate]
    with ThreadPoolExecutor(len(jobs)) as pool:
        running = [pool.submit(job) for job in jobs]
        results = [one.result() for one in running]
    claimed, answered_first = results[1]
    return bool(claimed), bool(answered_first)


def _answer(connection: Connection, about: UUID, how: str) -> None:
    now, omar = datetime.now(UTC), _omar(connection)
    if how == "link":
        answered.acknowledge(connection, alert_id=about, contact_id=omar, how="link")
    elif how.endswith("text"):
        mine = (reply_number.c.alert_id == about, reply_number.c.contact_id == omar)
        number = connection.execute(select(reply_number.c.number).where(*mine)).scalar_one()
        typed = f"{number}Y" if how == "reached by text" else f"{number}"
        assert replies.take(connection, contact=omar, text=typed, now=now)
    else:
        lead_id = connection.execute(select(alert.c.lead_id).where(alert.c.id == about))
        state, outcome = ("taken", "") if how == "desk takes" else ("outcome", "reached")
        event = LeadHandled(
            lead_id=lead_id.scalar_one(),
            clinic="envista",
            state=state,
            outcome=outcome,
            by="Renee",
            at=now.isoformat(),
        )
        handled.lead_handled(connection, event)


def _still_claimable(engine: Engine, about: UUID) -> int:
    """How many messages that somebody is asked or told by could leave after the answer."""
    with engine.begin() as connection:
        together = select(bundled.c.message_id).where(bundled.c.alert_id == about)
        ids = connection.scalars(
            select(message.c.id)
            .where((message.c.alert_id == about) | message.c.id.in_(together))
            .where(message.c.kind != "staff")  # word to the others: who has it now
        ).all()
        seen = [found for one in ids if (found := lookup.look(connection, one))]
        late = sum(
            attempts.claim(connection, one, provider="late", lease_s=10, texts_per_day=TEXTS)
            for one in seen
        )
        _forget(connection)
        return late


def _forget(connection: Connection) -> None:
    """What this race has left keeps nobody busy, and its number is free."""
    connection.execute(update(step).where(step.c.state == "due").values(state="cancelled"))
    long_ago = datetime.now(UTC) - timedelta(days=2)
    connection.execute(
        update(alert)
        .where(alert.c.settled_at.is_(None) | (alert.c.settled_at > long_ago))
        .values(state="settled", settled_at=long_ago)
    )


def _omar(connection: Connection) -> int:
    mine = select(contact.c.id).where(contact.c.clinic == "envista", contact.c.key == "omar")
    return int(connection.execute(mine).scalar_one())
