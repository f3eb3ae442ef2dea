"""The Celery tasks.  A name never changes: what means something else gets a `.v2` beside it."""

import logging
from typing import Any
from uuid import UUID

from celery import Celery

from contract.events import TO_LEADS, TO_NOTIFY, Envelope
from notify.parts import Parts
from notify.tables import outbox as outbox_rows
from plumbing import outbox

logger = logging.getLogger(__name__)

SEND = "notify.send.v1"  # argument: a message id
SEND_QUEUES = {"email": "notify.send.email", "sms": "notify.send.sms"}
QUEUES = (TO_NOTIFY.queue, *SEND_QUEUES.values())


def register(app: Celery, parts: Parts) -> None:
    """Tell `app` what to do.  A task that fails leaves the broker: its row brings it back."""

    @app.task(name=TO_NOTIFY.take)
    def take_event(raw: dict[str, Any]) -> None:
        envelope = Envelope.from_json(raw)
        parts.inbox.take(envelope)
        # committed, so leads need not send it again; if this is lost they do, and it does no harm
        parts.broker.send(TO_LEADS.confirm, [str(envelope.id)], queue=TO_LEADS.queue)

    @app.task(name=TO_NOTIFY.confirm)
    def confirm_events(ids: list[str]) -> None:
        with parts.engine.begin() as connection:
            outbox.confirm(connection, outbox_rows, [UUID(event_id) for event_id in ids])

    @app.task(name=SEND)
    def send(message_id: str) -> None:
        parts.delivery.send(UUID(message_id))
