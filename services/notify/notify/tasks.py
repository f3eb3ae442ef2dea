"""The Celery tasks.  A name never changes: what means something else gets a `.v2` beside it."""

from uuid import UUID

from celery import Celery

from contract.events import TO_LEADS, TO_NOTIFY
from notify.parts import Parts
from notify.tables import outbox
from plumbing.consumer import add_event_tasks

SEND = "notify.send.v1"  # argument: a message id
SEND_QUEUES = {"email": "notify.send.email", "sms": "notify.send.sms"}
QUEUES = [TO_NOTIFY.queue, *SEND_QUEUES.values()]


def register(app: Celery, parts: Parts) -> None:
    """Tell `app` what to do.  A task that fails leaves the broker: its row brings it back."""
    add_event_tasks(
        app,
        mine=TO_NOTIFY,
        theirs=TO_LEADS,
        inbox=parts.inbox,
        engine=parts.engine,
        table=outbox,
        broker=parts.broker,
    )

    @app.task(name=SEND)
    def send(message_id: str) -> None:
        parts.delivery.send(UUID(message_id))
