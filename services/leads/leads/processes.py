"""The processes of leads beside its web server: relay and consumer."""

import logging
import threading

from contract.events import TO_LEADS, TO_NOTIFY
from leads import tables
from leads.app import acceptor_of, directory_reader
from leads.drain import Drain, late_or_set_aside
from leads.events import event_inbox
from leads.metrics import LeadMetrics, SpoolMetrics
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
from plumbing.spool import Spool

logger = logging.getLogger(__name__)

DRAIN_EVERY_S = 1.0


def run_relay(settings: Settings) -> None:
    """Carry events to notify, and this host's spool into the database, until SIGTERM."""
    stop = stop_on_signals()
    engine = connect(settings.database_url, name="leads-relay", pool_size=4)
    spool = Spool(settings.spool_dir, settings.seal_keys)
    directory = directory_reader(settings)
    directory.refresh()
    directory.start()
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
        {
            "database": lambda: database_missing(engine),
            "spool": lambda: late_or_set_aside(spool),
        },
        collectors=(LeadMetrics(engine, tables.metadata), SpoolMetrics(spool)),
        bind=settings.bind,
    )
    drain = Drain(spool, acceptor_of(settings, engine), directory)
    threading.Thread(target=keep_draining, args=(drain, stop), daemon=True).start()
    keep_doing(lambda: relay.wait_and_pass(listener), stop, pause_s=1.0)
    listener.close()


def keep_draining(drain: Drain, stop: threading.Event) -> None:
    """A record that waits for a database must not hold up events, so this has its own thread."""

    def one_pass() -> None:
        drain.one_pass()
        stop.wait(DRAIN_EVERY_S)

    keep_doing(one_pass, stop, pause_s=DRAIN_EVERY_S)


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
