"""The Celery worker: takes events and sends messages, in forked children of one process."""

from functools import partial

from notify import messages, tasks
from notify.health import worker_checks
from notify.heartbeat import Heartbeat
from notify.parts import build
from notify.relaying import GATHER_S
from notify.senders import Senders
from notify.settings import Settings
from plumbing import outbox, wakes
from plumbing.broker import worker_app
from plumbing.consumer import run_worker
from plumbing.database import connect
from plumbing.health import serve_health

PROCESS = "notify-worker"
WORD_EVERY_S = 0.8 * GATHER_S
POOL_SIZE = 6  # of each child; its sending threads need a connection before and after a call only


def run(settings: Settings) -> int:
    """Until SIGTERM, or until Redis dies under load: whoever started it starts it again."""
    parts = build(settings, process=PROCESS, pool_size=POOL_SIZE)
    app = worker_app(PROCESS, settings.redis_url)
    senders = Senders(parts.delivery)
    tasks.register(app, parts, senders)
    # what an event causes is sent where it was taken; what finds no room here is the sweep's
    wakes.hear(parts.engine, messages.CHANNEL, partial(tasks.send_all, senders))
    wakes.pace(parts.engine, outbox.CHANNEL, every_s=WORD_EVERY_S)

    def in_parent() -> None:
        engine = connect(settings.database_url, name=f"{PROCESS}-heartbeat", pool_size=2)
        serve_health(settings.health_port, worker_checks(engine), bind=settings.bind)
        Heartbeat(engine, PROCESS).start()

    return run_worker(
        app,
        name=PROCESS,
        queues=tasks.QUEUES,
        concurrency=settings.worker_concurrency,
        in_parent=in_parent,
        in_child=parts.reader.start,
        child_ends=senders.close,
    )
