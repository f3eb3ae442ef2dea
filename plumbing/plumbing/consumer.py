"""The Celery side of events: take those that arrive, note those that the other side has taken."""

import logging
import warnings
from collections.abc import Callable
from functools import partial
from socket import gethostname
from typing import Any
from uuid import UUID

from celery import Celery, bootsteps, signals
from celery.worker.consumer import Consumer as CeleryConsumer
from sqlalchemy import Engine, Table

from contract.events import Wire
from plumbing import outbox
from plumbing.broker import Broker
from plumbing.confirmations import Confirmations
from plumbing.database import alone
from plumbing.deaf import DEAF_AFTER_S, end_when_deaf
from plumbing.ending import leave_to_the_system
from plumbing.inbox import Inbox
from plumbing.internal import read_envelopes

logger = logging.getLogger(__name__)

RECONNECT_S = 1.0


class Consumer(CeleryConsumer):
    """Looks for a broker that went away every second.

    Celery's own pauses grow to 30 s, with no setting for it: what is published once the broker is
    back would wait that long for its consumer.
    """

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(
            conn.ensure_connection,
            interval_start=RECONNECT_S,
            interval_step=0,
            interval_max=RECONNECT_S,
        )
        return super().ensure_connected(conn)


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
    """Register the tasks of `mine`.

    A confirmation that gets lost costs nothing: the sender sends again, the inbox absorbs the copy
    and confirms again.
    """
    confirmations = Confirmations(
        lambda ids: broker.send(theirs.confirm, [str(one) for one in ids], queue=theirs.queue)
    )

    by_itself = alone(engine)

    @app.task(name=mine.take)
    def take(raw: dict[str, object]) -> None:
        take_all([raw])

    @app.task(name=mine.take_all)
    def take_all(raws: list[dict[str, object]]) -> None:
        confirmations.add(inbox.take_all(read_envelopes(raws)))

    @app.task(name=mine.confirm)
    def confirm(ids: list[str]) -> None:
        with by_itself.connect() as connection:
            outbox.confirm(connection, table, [UUID(event_id) for event_id in ids])


def run_worker(
    app: Celery,
    *,
    name: str,
    queues: list[str],
    concurrency: int,
    in_parent: Callable[[], None],
    in_child: Callable[[], None] = lambda: None,
    child_ends: Callable[[], None] = lambda: None,
    deaf_after_s: float = DEAF_AFTER_S,
) -> int:
    """Consume until SIGTERM, as this very process; the exit code.  Ends by itself when it takes
    nothing for `deaf_after_s` although tasks wait (plumbing.deaf): whoever started it starts it
    again.

    The pool's processes are forked children, so nothing may be connected before.  `in_parent` runs
    once the children are there (forking with threads about is a risk), `in_child` in each of them
    and `child_ends` before each of them goes.
    """

    class AfterTheFork(bootsteps.StartStopStep):
        requires = ("celery.worker.components:Pool",)

        def start(self, _worker: object) -> None:
            in_parent()
            end_when_deaf(str(app.conf.broker_url), queues, deaf_after_s=deaf_after_s)

    app.steps["worker"].add(AfterTheFork)
    # Celery keeps weak references to receivers
    signals.worker_process_init.connect(lambda **_: in_child(), weak=False)
    signals.worker_process_shutdown.connect(lambda **_: child_ends(), weak=False)
    signals.setup_logging.connect(_leave_logging_alone, weak=False)
    signals.task_failure.connect(_say_what_kind_of_failure, weak=False)
    # `make run` may be root on a machine of one's own; in compose no process is.
    warnings.filterwarnings("ignore", message="You're running the worker with superuser")
    worker = app.Worker(
        hostname=f"{name}@{gethostname()}",
        pool="prefork",
        consumer_cls=Consumer,
        queues=",".join(queues),
        concurrency=concurrency,
        without_gossip=True,  # nobody listens; fewer moving parts when Redis comes and goes
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,  # no banner: stdout is for JSON lines
    )
    worker.start()
    leave_to_the_system()
    return int(worker.exitcode or 0)


def _leave_logging_alone(**_: object) -> None:
    logging.getLogger("celery.worker.strategy").setLevel(logging.WARNING)  # a line for each task
    # Celery's own line repeats the error's text, and a database's error quotes the row.
    logging.getLogger("celery.app.trace").setLevel(logging.CRITICAL)


def _say_what_kind_of_failure(sender: Any, exception: BaseException, **_: object) -> None:
    fields = {"queue": sender.name, "reason": type(exception).__name__}
    logger.error("task failed", exc_info=exception, extra=fields)
