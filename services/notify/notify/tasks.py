"""The Celery tasks.  A name never changes: what means something else gets a `.v2` beside it."""

from uuid import UUID

from celery import Celery

from contract.events import TO_LEADS, TO_NOTIFY
from notify.parts import Parts
from notify.senders import Senders
from notify.tables import outbox
from notify.wanted import Wanted
from plumbing.consumer import add_event_tasks

SEND = "notify.send.v2"  # argument: a list of what notify.wanted writes
SEND_ONE = "notify.send.v1"  # argument: a message id; what an earlier release sends
SEND_QUEUE = "notify.send"
QUEUES = [TO_NOTIFY.queue, SEND_QUEUE, "notify.send.email", "notify.send.sms"]


def send_all(senders: Senders, wanted: list[str]) -> None:
    """`wanted`: as notify.wanted writes them."""
    senders.send([Wanted.read(one) for one in wanted])


def register(app: Celery, parts: Parts, senders: Senders) -> None:
    """Tell `app` what to do.  A task that fails leaves the broker: its row brings it back.

    Sending is left to threads, and the task ends at once: a provider that hangs keeps no worker
    from taking events, and what becomes of a message is in its row.
    """
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
    def send(wanted: list[str]) -> None:
        send_all(senders, wanted)

    @app.task(name=SEND_ONE)
    def send_one(message_id: str) -> None:
        parts.delivery.send(UUID(message_id))
