"""The processes of leads beside its web server: relay and consumer."""

import logging

from contract.events import TO_LEADS, TO_NOTIFY
from leads import tables
from leads.events import event_inbox
from leads.metrics import LeadMetrics
from leads.settings import Settings
from plumbing import outbox
from plumbing.broker import Broker, producer_app, worker_app
from plumbing.consumer import add_event_tasks, run_worker
from plumbing.database import connect, database_missing
from plumbing.health import serve_health
from plumbing.internal import EventClient
from plumbing.listen import Listener
from plumbing.loops import keep_doing, stop_on_signals
from plumbing.relay import Relay

logger = logging.getLogger(__name__)


def run_relay(settings: Settings) -> None:
    """Carry events to notify until SIGTERM."""
    stop = stop_on_signals()
    engine = connect(settings.database_url, name="leads-relay", pool_size=2)
    relay = Relay(
        engine=engine,
        table=tables.outbox,
        wire=TO_NOTIFY,
        broker=Broker(producer_app("leads-relay", settings.redis_url)),
        client=EventClient(settings.notify_url, settings.service_token),
    )
    listener = Listener(settings.database_url, outbox.CHANNEL)
    serve_health(
        settings.health_port,
        {"database": lambda: database_missing(engine)},
        collectors=(LeadMetrics(engine, tables.metadata),),
        bind=settings.bind,
    )
    keep_doing(lambda: relay.wait_and_pass(listener), stop, pause_s=1.0)
    listener.close()


def run_consumer(settings: Settings) -> int:
    """Take what notify says until SIGTERM; the exit code."""
    engine = connect(settings.database_url, name="leads-consumer", pool_size=1)
    watcher = connect(settings.database_url, name="leads-consumer-health", pool_size=1)
    app = worker_app("leads-consumer", settings.redis_url)
    add_event_tasks(
        app,
        mine=TO_LEADS,
        theirs=TO_NOTIFY,
        inbox=event_inbox(engine),
        engine=engine,
        table=tables.outbox,
        broker=Broker(producer_app("leads-consumer-confirms", settings.redis_url)),
    )

    def in_parent() -> None:
        serve_health(
            settings.health_port,
            {"database": lambda: database_missing(watcher)},
            bind=settings.bind,
        )

    return run_worker(
        app,
        name="leads-consumer",
        queues=[TO_LEADS.queue],
        concurrency=1,
        in_parent=in_parent,
    )
