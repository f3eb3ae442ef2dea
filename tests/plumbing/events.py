"""Events in the outbox of a service."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import func, select, update

from contract.events import Envelope
from plumbing import outbox
from tests.plumbing.conftest import Service


def an_event(name: str = "lead.accepted.v1") -> Envelope:
    return Envelope(id=uuid4(), name=name, at=datetime.now(UTC), data={"a": 1})


def add(service: Service, *events: Envelope) -> None:
    with service.engine.begin() as connection:
        for event in events:
            outbox.add(connection, service.outbox, event)


def unconfirmed(service: Service) -> int:
    with service.engine.connect() as connection:
        return (
            connection.scalar(
                select(func.count())
                .select_from(service.outbox)
                .where(service.outbox.c.confirmed_at.is_(None))
            )
            or 0
        )


def make_due(service: Service) -> None:
    with service.engine.begin() as connection:
        connection.execute(update(service.outbox).values(next_try_at=func.now()))
