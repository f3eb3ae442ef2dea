"""Alerts on a clock that the test sets: opened, answered and escalated at any moment."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from contract.directory import Directory
from contract.events import LeadAccepted, LeadHandled
from notify import alerts, answered, contacts, handled, replies
from notify.alertbook import ClinicAlerts, Contact, Policy
from notify.escalation import BATCH, Escalation
from notify.tables import alert, contact, message, step
from tests.notify.builders import a_directory, a_lead

DESK = "http://desk.localhost:8000"
ZONE = ZoneInfo("America/Los_Angeles")


def local(text: str) -> datetime:
    """`2026-11-23 08:00` in California; that day is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@dataclass
class Desk:
    """The directory as a reader has it."""

    current: Directory | None


class Clockwork:
    """One clinic's alerts.  `now` only moves when the test moves it."""

    def __init__(self, engine: Engine, now: datetime, directory: Directory | None = None) -> None:
        self.engine = engine
        self.now = now
        self.reader: Any = Desk(directory or a_directory())
        self.escalation = Escalation(engine=engine, reader=self.reader, desk_url=DESK)

    def contacts(self, *people: Contact, on_call: tuple[Contact, ...] = (), **policy: Any) -> None:
        """Told in this order at every location."""
        everybody = {person.key: person for person in (*people, *on_call)}
        chosen = policy.pop("tell", tuple(person.key for person in people))
        contacts.store(
            self.engine,
            ClinicAlerts(
                clinic="envista",
                contacts=tuple(everybody.values()),
                tell={"*": chosen},
                on_call={"*": tuple(person.key for person in on_call)} if on_call else {},
                policies={"*": Policy(**policy)},
            ),
        )

    def lead(self, **changes: Any) -> LeadAccepted:
        lead = a_lead(**{"received_at": self.now.isoformat()} | changes)
        with self.engine.begin() as connection:
            directory = self.reader.current
            alerts.open_alert(connection, lead, directory, desk_url=DESK, now=self.now)
        return lead

    def at(self, moment: datetime) -> None:
        """Go there, and do whatever is due on the way, each thing at its time."""
        while (due := self._next_due()) is not None and due <= moment:
            self.now = max(self.now, due)
            self.work()
        self.now = moment
        self.work()

    def after(self, **passed: int) -> None:
        self.at(self.now + timedelta(**passed))

    def work(self) -> None:
        while self.escalation.work(self.now) == BATCH:
            pass

    def takes(self, lead: LeadAccepted, who: str) -> bool:
        return self._say(answered.acknowledge, lead, who)

    def declines(self, lead: LeadAccepted, who: str) -> bool:
        return self._say(answered.decline, lead, who)

    def reaches(self, lead: LeadAccepted, who: str) -> bool:
        return self._say(answered.reached, lead, who)

    def desk(self, lead: LeadAccepted, state: str, **more: str) -> None:
        values = {"by": "Renee", "at": self.now.isoformat()} | more
        event = LeadHandled(lead_id=lead.lead_id, clinic=lead.clinic, state=state, **values)
        with self.engine.begin() as connection:
            handled.lead_handled(connection, event)

    def reply(self, who: str, text: str) -> str | None:
        with self.engine.begin() as connection:
            return replies.take(connection, contact=self.contact(who), text=text, now=self.now)

    def told(self, lead: LeadAccepted) -> list[str]:
        """What was said about the lead and to whom, as "alert maria email sms", in order."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(step.c.n, step.c.kind, contact.c.key, message.c.channel)
                .select_from(message)
                .join(alert, alert.c.id == message.c.alert_id)
                .join(contact, contact.c.id == message.c.contact_id)
                .join(step, (step.c.alert_id == alert.c.id) & (step.c.n == message.c.step_n))
                .where(alert.c.lead_id == lead.lead_id)
                .order_by(step.c.done_at, step.c.n, contact.c.key, message.c.channel)
            ).all()
        said: dict[tuple[int, str, str], list[str]] = {}
        for row in rows:
            said.setdefault((row.n, row.kind, row.key), []).append(row.channel)
        return [" ".join((kind, key, *channels)) for (_n, kind, key), channels in said.items()]

    def due(self, lead: LeadAccepted) -> tuple[str, datetime | None]:
        """What the alert waits for, and until when."""
        self.work()
        with self.engine.connect() as connection:
            found = connection.execute(
                select(step.c.kind, step.c.due_at)
                .join(alert, alert.c.id == step.c.alert_id)
                .where(alert.c.lead_id == lead.lead_id, step.c.state == "due")
            ).one_or_none()
        return (found.kind, found.due_at) if found else ("", None)

    def row(self, lead: LeadAccepted) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(select(alert).where(alert.c.lead_id == lead.lead_id)).one()

    def contact(self, key: str) -> int:
        with self.engine.connect() as connection:
            found = select(contact.c.id).where(contact.c.key == key, contact.c.clinic == "envista")
            return int(connection.execute(found).scalar_one())

    def alert(self, lead: LeadAccepted) -> UUID:
        return UUID(str(self.row(lead).id))

    def _say(self, what: Any, lead: LeadAccepted, who: str) -> bool:
        with self.engine.begin() as connection:
            return bool(
                what(
                    connection,
                    alert_id=self.alert(lead),
                    contact_id=self.contact(who),
                    how="link",
                    now=self.now,
                )
            )

    def _next_due(self) -> datetime | None:
        self.work()
        with self.engine.connect() as connection:
            waiting = select(step.c.due_at).where(step.c.state == "due", step.c.due_at > self.now)
            return connection.scalar(waiting.order_by(step.c.due_at).limit(1))
