"""The Celery worker: takes events and sends messages, in forked children of one process."""

import logging
import socket
import warnings
from typing import Any

from celery import Celery, bootsteps, signals
from celery.utils.nodenames import nodename

from notify import tasks
from notify.health import worker_checks
from notify.heartbeat import Heartbeat
from notify.parts import Parts, build
from notify.settings import Settings
from plumbing.broker import worker_app
from plumbing.database import connect
from plumbing.health import serve_health

logger = logging.getLogger(__name__)

PROCESS = "notify-worker"


def run(settings: Settings) -> int:
    """Until SIGTERM, or until Redis dies under load: whoever started it starts it again."""
    parts = build(settings, process=PROCESS, pool_size=4)
    app = worker_app(PROCESS, settings.redis_url)
    tasks.register(app, parts)
    _listen_to_celery(parts)
    _add_signs_of_life(app, settings)
    # it is about pickled messages; only JSON is accepted
    warnings.filterwarnings("ignore", message="You're running the worker with superuser")
    worker = app.Worker(
        hostname=nodename(PROCESS, socket.gethostname()),
        pool="prefork",
        concurrency=settings.worker_concurrency,
        queues=",".join(tasks.QUEUES),
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def _listen_to_celery(parts: Parts) -> None:
    """Celery holds receivers weakly unless told not to."""

    def in_child(**_: Any) -> None:
        parts.reader.start()

    def leave_logging(**_: Any) -> None:
        # says of each failure what the error says, and a database's error quotes rows
        logging.getLogger("celery.app.trace").setLevel(logging.CRITICAL)
        logging.getLogger("celery.worker.strategy").setLevel(logging.WARNING)

    def failed(sender: Any, exception: BaseException, **_: Any) -> None:
        fields = {"queue": sender.name, "reason": type(exception).__name__}
        logger.error("task failed", exc_info=exception, extra=fields)

    signals.worker_process_init.connect(in_child, weak=False)
    signals.setup_logging.connect(leave_logging, weak=False)
    signals.task_failure.connect(failed, weak=False)


def _add_signs_of_life(app: Celery, settings: Settings) -> None:
    """Threads of the parent start after its children: forking with threads about is a risk."""

    class SignsOfLife(bootsteps.StartStopStep):
        requires = ("celery.worker.components:Pool",)

        def start(self, _worker: object) -> None:
            engine = connect(settings.database_url, name=f"{PROCESS}-heartbeat", pool_size=2)
            serve_health(settings.health_port, worker_checks(engine), bind=settings.bind)
            Heartbeat(engine, PROCESS).start()

    app.steps["worker"].add(SignsOfLife)
