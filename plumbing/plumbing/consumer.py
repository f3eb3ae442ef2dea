"""The Celery side of events: take those that arrive, note those that the other side has taken."""

import logging
from uuid import UUID

from celery import Celery
from sqlalchemy import Engine, Table

from contract.events import Envelope, Wire
from plumbing import outbox
from plumbing.broker import Broker
from plumbing.inbox import Inbox

logger = logging.getLogger(__name__)


def add_event_tasks(
    app: Celery,
    *,
    mine: Wire,
    theirs: Wire,
    inbox: Inbox,
    engine: Engine,
    table: Table,
    broker: Broker,
) -> None:
    """Register `mine.take` and `mine.confirm`.

    A confirmation that gets lost costs nothing: the sender sends again, the inbox absorbs the copy
    and confirms again.
    """

    @app.task(name=mine.take)
    def take(raw: dict[str, object]) -> None:
        envelope = Envelope.from_json(raw)
        inbox.take(envelope)
        broker.send(theirs.confirm, [str(envelope.id)], queue=theirs.queue)

    @app.task(name=mine.confirm)
    def confirm(ids: list[str]) -> None:
        with engine.begin() as connection:
            outbox.confirm(connection, table, [UUID(event_id) for event_id in ids])


def run_worker(app: Celery, *, name: str, queues: list[str], concurrency: int) -> None:
    """Consume until SIGTERM, as this very process (the pool's processes are its children)."""
    app.worker_main(
        [
            "worker",
            "--hostname",
            f"{name}@%h",
            "--queues",
            ",".join(queues),
            "--concurrency",
            str(concurrency),
            "--without-gossip",  # nobody listens; fewer moving parts when Redis comes and goes
            "--without-mingle",
            "--without-heartbeat",
            "--loglevel",
            "INFO",
        ]
    )
