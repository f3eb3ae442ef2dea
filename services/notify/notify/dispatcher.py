"""The dispatcher: hands messages to the worker, and sees to those that got lost on the way.

Woken by each commit it publishes exactly those ids.  A sweep looks every second for whatever is
due and nobody has taken: Redis may have forgotten it, a worker may have died with it.  When the
broker is away, or nobody takes what is published, the dispatcher sends by itself.
"""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Engine

from notify import messages
from notify.alertfiles import AlertFiles
from notify.delivery import Delivery
from notify.due import claim_due
from notify.escalation import BATCH as ESCALATED_AT_ONCE
from notify.escalation import Escalation
from notify.health import worker_checks
from notify.heartbeat import Heartbeat
from notify.morning import Mornings
from notify.parts import Parts, build
from notify.polling import Polling
from notify.probing import Probing
from notify.senders import THREADS, Senders
from notify.settings import Settings
from notify.tasks import SEND, SEND_QUEUE, send_all
from notify.unheard import Unheard
from notify.watchman import Watchman
from plumbing.broker import Broker
from plumbing.health import serve_health
from plumbing.listen import Listener
from plumbing.loops import keep_doing, stop_on_signals

logger = logging.getLogger(__name__)
T = TypeVar("T")

PROCESS = "notify-dispatcher"
BATCH = 200
TOGETHER = 8  # messages in one task
ALONE_AFTER_TRIES = 1  # published so often by the sweep, about 6 s, and still not taken
DOUBT_S = 5.0  # so long after that nothing is given to the broker: each would wait those 6 s


class Dispatcher:
    """Publishes message ids.  Several may run: an id that comes twice is sent once."""

    def __init__(self, *, engine: Engine, broker: Broker, delivery: Delivery) -> None:
        self._engine = engine
        self._broker = broker
        self._own = Senders(delivery)
        self._alone_until = 0.0

    def wake(self, payloads: list[str]) -> None:
        """Publish what was just committed; what the broker does not take is sent from here, and
        all while nobody takes what the broker has.
        """
        for some in _parted(payloads):
            alone = time.monotonic() < self._alone_until
            if alone or not self._broker.send(SEND, some, queue=SEND_QUEUE):
                send_all(self._own, some)

    def sweep(self) -> int:
        """Publish, or send, whatever is due and was not taken; how many that were."""
        with self._engine.begin() as connection:
            due = claim_due(connection, limit=BATCH)
        not_taken = [str(one.wanted) for one in due if one.tries >= ALONE_AFTER_TRIES]
        if not_taken:
            self._alone_until = time.monotonic() + DOUBT_S
        send_all(self._own, not_taken)
        self.wake([str(one.wanted) for one in due if one.tries < ALONE_AFTER_TRIES])
        return len(due)

    def close(self) -> None:
        self._own.close()


def _parted(all_of_them: list[T]) -> Iterator[list[T]]:
    """What one task carries, so that several workers share the rest."""
    for start in range(0, len(all_of_them), TOGETHER):
        yield all_of_them[start : start + TOGETHER]


def run(settings: Settings) -> None:
    """Until SIGTERM."""
    parts = build(settings, process=PROCESS, pool_size=3 * THREADS)
    stop = stop_on_signals()
    dispatcher = Dispatcher(engine=parts.engine, broker=parts.broker, delivery=parts.delivery)
    serve_health(settings.health_port, worker_checks(parts.engine), bind=settings.bind)
    parts.reader.start()
    Polling(parts.engine, parts.providers).start(stop)
    Probing(parts.engine, parts.providers).start(stop)
    Watchman(engine=parts.engine, reader=parts.reader, settings=settings).start(stop)
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
        self._escalation = Escalation(
            engine=parts.engine, reader=parts.reader, desk_url=settings.desk_url
        )
        self._unheard = Unheard(
            engine=parts.engine,
            reader=parts.reader,
            providers=parts.providers,
            desk_url=settings.desk_url,
        )
        self._mornings = Mornings(
            engine=parts.engine, reader=parts.reader, desk_url=settings.desk_url
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
            self._unheard.work()
            while self._escalation.work() == ESCALATED_AT_ONCE:
                pass
            self._mornings.work(datetime.now(UTC))
        self._heartbeat.beat()

    def _until_sweep_s(self) -> float:
        return max(self._next_sweep - time.monotonic(), 0.0) if self._sweep_s else 1.0
