"""The dispatcher: hands messages to the worker, and sees to those that got lost on the way.

Woken by each commit it publishes exactly those ids.  A sweep looks every second for whatever is
due and nobody has taken: Redis may have forgotten it, a worker may have died with it.  When the
broker is away, or nobody takes what is published, the dispatcher sends by itself.
"""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from uuid import UUID

from sqlalchemy import Engine

from notify import messages
from notify.alertfiles import AlertFiles
from notify.delivery import Delivery
from notify.due import Due, claim_due
from notify.health import worker_checks
from notify.heartbeat import Heartbeat
from notify.parts import Parts, build
from notify.settings import Settings
from notify.tasks import SEND, SEND_QUEUES
from plumbing.broker import Broker
from plumbing.health import serve_health
from plumbing.listen import Listener
from plumbing.loops import keep_doing, stop_on_signals

logger = logging.getLogger(__name__)

PROCESS = "notify-dispatcher"
BATCH = 200
THREADS = 4
ALONE_AFTER_S = 10.0  # the broker has been away for this long
ALONE_AFTER_TRIES = 4  # published so often, about 12 s, and still not taken


class Dispatcher:
    """Publishes message ids.  Several may run: an id that comes twice is sent once."""

    def __init__(
        self,
        *,
        engine: Engine,
        broker: Broker,
        delivery: Delivery,
        alone_after_s: float = ALONE_AFTER_S,
    ) -> None:
        self._engine = engine
        self._broker = broker
        self._delivery = delivery
        self._alone_after_s = alone_after_s
        self._own = OwnSender(delivery)

    def wake(self, payloads: list[str]) -> None:
        """Publish what was just committed; what the broker does not take is the sweep's."""
        for payload in payloads:
            channel, _, message_id = payload.partition(":")
            self._broker.send(SEND, message_id, queue=SEND_QUEUES[channel])

    def sweep(self) -> int:
        """Publish, or send, whatever is due and was not taken; how many that were."""
        with self._engine.begin() as connection:
            due = claim_due(connection, limit=BATCH)
        for one in due:
            published = one.tries < ALONE_AFTER_TRIES and self._broker.send(
                SEND, str(one.id), queue=SEND_QUEUES[one.channel]
            )
            if not published and self._must_help(one):
                self._own.send(one.id)
        return len(due)

    def close(self) -> None:
        self._own.close()

    def _must_help(self, one: Due) -> bool:
        return one.tries >= ALONE_AFTER_TRIES or self._broker.down_for_s() >= self._alone_after_s


class OwnSender:
    """Sends in a few threads of this process; an id that waits here already is not added."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="own-sender")
        self._here: set[UUID] = set()
        self._lock = Lock()

    def send(self, message_id: UUID) -> None:
        with self._lock:
            if message_id in self._here:
                return
            self._here.add(message_id)
        self._pool.submit(self._send, message_id)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _send(self, message_id: UUID) -> None:
        try:
            self._delivery.send(message_id)
        except Exception as error:  # the sweep finds the row again
            fields = {"message_id": message_id, "reason": type(error).__name__}
            logger.exception("own sending failed", extra=fields)
        finally:
            with self._lock:
                self._here.discard(message_id)


def run(settings: Settings) -> None:
    """Until SIGTERM."""
    parts = build(settings, process=PROCESS, pool_size=3 * THREADS)
    stop = stop_on_signals()
    dispatcher = Dispatcher(engine=parts.engine, broker=parts.broker, delivery=parts.delivery)
    serve_health(settings.health_port, worker_checks(parts.engine), bind=settings.bind)
    parts.reader.start()
    keep_doing(_Pass(settings, parts, dispatcher), stop, pause_s=1.0)
    dispatcher.close()


class _Pass:
    """One turn of the loop: wait for a commit, then whatever else is due."""

    def __init__(self, settings: Settings, parts: Parts, dispatcher: Dispatcher) -> None:
        self._sweep_s = settings.sweep_s
        self._dispatcher = dispatcher
        self._files = AlertFiles(
            settings.alerts_dir, parts.engine, parts.reader, desk_url=settings.desk_url
        )
        self._listener = Listener(settings.database_url, messages.CHANNEL)
        self._heartbeat = Heartbeat(parts.engine, PROCESS)
        self._next_sweep = 0.0

    def __call__(self) -> None:
        self._files.load_if_changed()
        self._dispatcher.wake(self._listener.wait(min(self._until_sweep_s(), 1.0)))
        if self._sweep_s and self._until_sweep_s() <= 0:
            self._next_sweep = time.monotonic() + self._sweep_s
            while self._dispatcher.sweep() == BATCH:
                pass
        self._heartbeat.beat()

    def _until_sweep_s(self) -> float:
        return max(self._next_sweep - time.monotonic(), 0.0) if self._sweep_s else 1.0
