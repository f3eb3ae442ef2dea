"""Escalations of generated schedules, on a real database, against the oracle: who was told what,
how and in which minute.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, select, update

from bench.figures import Figure
from bench.progress import counted
from contract.directory import Clinic, Closure, Directory, Location, Span
from contract.events import LeadAccepted, LeadHandled
from faults.databases import notify_database
from faults.oracle import Act, Hours, Oracle, Person, Said, Schedule
from faults.schedules import a_schedule
from notify import alerts, answered, contacts, handled, story
from notify.alertbook import Absence, ClinicAlerts, Contact, Policy, Quiet
from notify.escalation import Escalation
from notify.tables import alert, contact, message, step

CLINIC, PLACE = "envista", "shafter"
SCHEDULES, QUICK = 10_000, 60


def measure(*, quick: bool, seed: int) -> list[Figure]:
    with notify_database() as engine:
        checked = check(engine, count=QUICK if quick else SCHEDULES, seed=seed)
    for wrong in checked.wrong[:3]:
        print(wrong)
    told = f"{checked.told} messages in {checked.schedules} schedules"
    wrong = len(checked.wrong)
    return [Figure(what="escalations wrong", value=wrong, unit="", at_most=0, beside=told)]


@dataclass
class Checked:
    """`wrong`: in words, with the seed that shows it again; `told`: steps that told somebody."""

    schedules: int
    told: int
    wrong: list[str]


def check(engine: Engine, *, count: int, seed: int) -> Checked:
    """Each schedule has a seed of its own: `seed`, `seed` + 1, ..."""
    checked = Checked(schedules=count, told=0, wrong=[])
    for number in counted(range(seed, seed + count), "schedules"):
        schedule = a_schedule(random.Random(number))
        must = _in_order(Oracle(plan=schedule).run())
        driven = Driven(engine, schedule)
        did = _in_order(driven.run())
        checked.told += len(did)
        if did != must:
            checked.wrong.append(_difference(number, schedule, must, did))
        elif not driven.story_is_true:
            checked.wrong.append(f"seed {number}: the audit tells another story")
    return checked


def _in_order(said: Sequence[Said]) -> list[Said]:
    """Those of one minute may come in any order."""
    return sorted(said)


def _difference(number: int, schedule: Schedule, must: list[Said], did: list[Said]) -> str:
    at = next((n for n, pair in enumerate(zip(must, did, strict=False)) if pair[0] != pair[1]), -1)
    return f"seed {number}: {schedule}\n  must {must}\n  did  {did}\n  differs at {at}"


@dataclass
class _Reader:
    current: Directory


class Driven:
    """One schedule, done by notify: its clock jumps from one thing to the next."""

    def __init__(self, engine: Engine, schedule: Schedule) -> None:
        self._engine = engine
        self._plan = schedule
        reader: Any = _Reader(_directory(schedule, schedule.hours))
        self._reader = reader
        self._escalation = Escalation(engine=engine, reader=reader)
        self._alert = UUID(int=0)
        self._now = 0
        self.story_is_true = False

    def run(self) -> list[Said]:
        self._comes_in()
        acts = sorted(self._plan.acts, key=lambda act: act.minute)
        for minute, together in groupby(acts, key=lambda act: act.minute):
            self._go_to(minute)
            for act in together:
                self._do(act)
                self._work(minute)
        self._go_to(self._plan.minutes)
        self.story_is_true = self._story_is_true()
        said = self._said()
        self._forget()
        return said

    def _comes_in(self) -> None:
        plan = self._plan
        contacts.store(self._engine, _alerts_file(plan))
        lead = LeadAccepted(
            lead_id=str(uuid4()),
            clinic=CLINIC,
            location=PLACE,
            kind="contact",
            reference="K7QF2MPD",
            received_at=plan.start.isoformat(),
            again=plan.first_place > 1,
            speaks="es" if plan.spanish else "",
        )
        with self._engine.begin() as connection:
            alerts.open_alert(connection, lead, self._reader.current, now=plan.start)
            mine = select(alert.c.id).where(alert.c.lead_id == lead.lead_id)
            self._alert, self._lead = connection.execute(mine).scalar_one(), lead.lead_id

    def _go_to(self, minute: int) -> None:
        """Doing on the way whatever is due, each thing at its time."""
        passed = self._now
        while True:
            self._work(passed)
            due = self._next_due()
            if due is None or due > minute:
                break
            passed = due
        self._work(minute)

    def _work(self, minute: int) -> None:
        """Until nothing is due, and everything that waits is counted."""
        self._now = minute
        while self._escalation.work(self._moment(minute)):
            pass

    def _next_due(self) -> int | None:
        """Of what is counted: what was just planned is, by the next pass."""
        with self._engine.connect() as connection:
            at = connection.scalar(
                select(step.c.due_at)
                .where(step.c.alert_id == self._alert, step.c.state == "due")
                .order_by(step.c.due_at)
                .limit(1)
            )
        return None if at is None else self._minute(at)

    def _do(self, act: Act) -> None:
        if act.what == "hours":
            assert act.hours is not None
            self._reader.current = _directory(self._plan, act.hours)
            return
        with self._engine.begin() as connection:
            if act.what.startswith("desk "):
                handled.lead_handled(connection, self._event(act))
            else:
                says = {
                    "take": answered.acknowledge,
                    "decline": answered.decline,
                    "reach": answered.reached,
                }
                says[act.what](
                    connection,
                    alert_id=self._alert,
                    contact_id=_contact_id(connection, act.who),
                    how="link",
                    now=self._moment(act.minute),
                )

    def _event(self, act: Act) -> LeadHandled:
        what = act.what.removeprefix("desk ")
        return LeadHandled(
            lead_id=self._lead,
            clinic=CLINIC,
            state="outcome" if what == "left_message" else what,
            outcome=what if what == "left_message" else "",
            by=act.who if what != "passed_on" else "renee",
            at=self._moment(act.minute).isoformat(),
            until=self._moment(act.until).isoformat() if what == "follow_up" else "",
            contact=act.who if what == "passed_on" else "",
        )

    def _said(self) -> list[Said]:
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(step.c.n, step.c.done_at, step.c.kind, contact.c.key, message.c.channel)
                .select_from(message)
                .join(
                    step, (step.c.alert_id == message.c.alert_id) & (step.c.n == message.c.step_n)
                )
                .join(contact, contact.c.id == message.c.contact_id)
                .where(message.c.alert_id == self._alert, step.c.kind != "notice")
                .order_by(step.c.n, contact.c.key, message.c.channel)
            ).all()
        said = []
        for (_n, at, kind, who), channels in groupby(rows, key=lambda row: tuple(row[:4])):
            how = " ".join(row.channel for row in channels)
            said.append((self._minute(at), kind, who, how))
        return said

    def _story_is_true(self) -> bool:
        """Whether the audit alone says where the alert stands, and whom it went to."""
        with self._engine.connect() as connection:
            stood = story.stood(story.entries(connection, str(self._alert)))
            row = connection.execute(select(alert).where(alert.c.id == self._alert)).one()
            chosen = connection.scalars(
                select(contact.c.key)
                .join(step, step.c.contact_id == contact.c.id)
                .where(step.c.alert_id == self._alert, step.c.state == "done")
                .where(step.c.kind.in_(["alert", "text", "escalation"]))
                .order_by(step.c.done_at, step.c.n)
            ).all()
        same = (stood.state, stood.holder) == (row.state, row.taken_by or "")
        missed = stood.missed == (row.missed_at is not None)
        return same and missed and sorted(stood.told) == sorted(chosen)

    def _forget(self) -> None:
        with self._engine.begin() as connection:
            waits = update(step).where(step.c.alert_id == self._alert, step.c.state == "due")
            connection.execute(waits.values(state="cancelled"))

    def _moment(self, minute: int) -> datetime:
        return self._plan.start + timedelta(minutes=minute)

    def _minute(self, at: datetime) -> int:
        passed = (at - self._plan.start).total_seconds() / 60
        assert passed == int(passed), "not a whole minute"
        return int(passed)


def _contact_id(connection: Connection, key: str) -> int:
    mine = select(contact.c.id).where(contact.c.clinic == CLINIC, contact.c.key == key)
    return int(connection.execute(mine).scalar_one())


def _alerts_file(plan: Schedule) -> ClinicAlerts:
    policy = Policy(
        after_hours=plan.after_hours,
        next_after=plan.next_after,
        remind_after=plan.remind_after,
        call_again_after=plan.call_again_after,
    )
    return ClinicAlerts(
        clinic=CLINIC,
        contacts=tuple(_contact(person) for person in plan.people),
        tell={PLACE: plan.tell},
        on_call={PLACE: plan.on_call} if plan.on_call else {},
        policies={PLACE: policy},
    )


def _contact(person: Person) -> Contact:
    number = 100 + ord(person.key[0])
    quiet, off = person.quiet, person.off
    return Contact(
        key=person.key,
        name=person.key,
        email=f"{person.key}@envista.example" if person.email else None,
        sms=f"+15595550{number}" if person.sms else None,
        speaks=("en", "es-MX") if person.spanish else ("en",),
        quiet=(Quiet(starts=quiet[0], ends=quiet[1]),) if quiet else (),
        off=(Absence(first=off[0], last=off[1], cover=off[2]),) if off else (),
    )


def _directory(plan: Schedule, hours: Hours) -> Directory:
    place = Location(
        slug=PLACE,
        name="Shafter",
        street="1 Main Street",
        city="Shafter",
        state="CA",
        postal_code="93263",
        phone="+15595550110",
        phone_display="(559) 555-0110",
        zone=plan.zone,
        hours=tuple(
            tuple(Span(opens=opens, closes=closes) for opens, closes in day) for day in hours.spans
        ),
        closures=tuple(
            Closure(first=first, last=last, reason="Closed") for first, last in hours.closures
        ),
    )
    clinic = Clinic(
        slug=CLINIC,
        name="Envista",
        hosts=("envista.example",),
        phone=place.phone,
        phone_display=place.phone_display,
        locations=(place,),
        forms=("contact",),
    )
    return Directory(version=1, clinics=(clinic,))
