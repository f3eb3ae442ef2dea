"""The processes of leads beside its web server: relay and consumer."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from contract.events import TO_LEADS, TO_NOTIFY
from leads import synthetic, tables
from leads.app import acceptor_of, directory_reader
from leads.comments.publish import CommentPublisher
from leads.demo import DemoHistory
from leads.drain import Drain, late_or_set_aside
from leads.events import event_inbox
from leads.holds import Releaser
from leads.idempotency import Forgetter
from leads.metrics import KeepMetrics, LeadMetrics, SpoolMetrics
from leads.privacy.retention import Retention
from leads.privacy.sweeping import Sweeper
from leads.replies import Keeping, clinics_with_leads
from leads.settings import Settings
from plumbing import outbox
from plumbing.broker import Broker, producer_app, worker_app
from plumbing.consumer import add_event_tasks, run_worker
from plumbing.database import connect, database_missing
from plumbing.health import Check, serve_health
from plumbing.internal import EventClient
from plumbing.listen import Listener
from plumbing.loops import keep_doing, stop_on_signals
from plumbing.relay import Relay
from plumbing.spool import Spool

logger = logging.getLogger(__name__)

DRAIN_EVERY_S = 1.0
RELEASE_EVERY_S = 5.0
FORGET_EVERY_S = 3600.0
SWEEP_EVERY_S = 5.0
COMMENTS_EVERY_S = 1.0
DEMO_EVERY_S = 2.0
TOGETHER = 8  # requests that one worker of notify takes at once while the others share the rest
PACE_S = 0.03  # at 50 requests a second one and a half go together, for a tenth less work
UNDER_WAY = 24  # requests that are handed on: what a flood has put there, others wait for


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
        together=TOGETHER,
        fair_by="clinic",
        window=UNDER_WAY,
    )
    listener = Listener(settings.database_url, outbox.CHANNEL)
    retention = Retention(engine, directory)
    serve_health(
        settings.health_port,
        relay_checks(engine, spool),
        collectors=(
            LeadMetrics(engine, tables.metadata),
            SpoolMetrics(spool),
            KeepMetrics(engine, retention),
        ),
        bind=settings.bind,
    )
    acceptor = acceptor_of(settings, engine)
    drain = Drain(spool, acceptor, directory)
    releaser = Releaser(engine, acceptor.confirming, directory)
    forgetter = Forgetter(engine)
    jobs: list[tuple[Callable[[], object], float]] = [
        (drain.one_pass, DRAIN_EVERY_S),
        (releaser.one_pass, RELEASE_EVERY_S),
        (forgetter.one_pass, FORGET_EVERY_S),
        (synthetic.Forgetter(engine).one_pass, FORGET_EVERY_S),
        (Sweeper(engine, spool).one_pass, SWEEP_EVERY_S),
        (retention.one_pass, FORGET_EVERY_S),
    ]
    if settings.demo:
        jobs.append((DemoHistory(engine, acceptor, directory).one_pass, DEMO_EVERY_S))
    if settings.comments_key:
        comments = CommentPublisher(
            engine, redis_url=settings.redis_url, signing_key=settings.comments_key
        )
        jobs.append((comments.one_pass, COMMENTS_EVERY_S))
    for job, every_s in jobs:
        threading.Thread(target=keep_up, args=(job, stop, every_s), daemon=True).start()
    keep_doing(lambda: relay.wait_and_pass(listener, pace_s=PACE_S), stop, pause_s=1.0)
    listener.close()


def relay_checks(engine: Engine, spool: Spool) -> dict[str, Check]:
    """What the relay's readiness asks."""
    return {
        "database": lambda: database_missing(engine),
        "spool": lambda: late_or_set_aside(spool),
        "events": lambda: events_set_aside(engine),
    }


def events_set_aside(engine: Engine) -> str | None:
    """What notify refuses, in words: a person must look, a patient may wait for it."""
    try:
        with engine.begin() as connection:
            refused = outbox.set_aside(connection, tables.outbox)
    except SQLAlchemyError:
        return None  # the check of the database says it
    return f"{'; '.join(refused)}: see notify's log" if refused else None


def keep_up(job: Callable[[], object], stop: threading.Event, every_s: float) -> None:
    """Do `job` now and then.  Jobs have threads of their own: none holds up an event."""

    def one_pass() -> None:
        job()
        stop.wait(every_s)

    keep_doing(one_pass, stop, pause_s=every_s)


def run_consumer(settings: Settings) -> int:
    """Take what notify says until SIGTERM; the exit code."""
    engine = connect(settings.database_url, name="leads-consumer", pool_size=1)
    watcher = connect(settings.database_url, name="leads-consumer-health", pool_size=1)
    directory = directory_reader(settings)
    app = worker_app("leads-consumer", settings.redis_url)
    add_event_tasks(
        app,
        mine=TO_LEADS,
        theirs=TO_NOTIFY,
        inbox=event_inbox(
            engine,
            Keeping(
                event_keys=settings.event_keys,
                seal_keys=settings.seal_keys,
                hash_key=settings.hash_key,
                clinics=clinics_with_leads,
            ),
            lambda: directory.current,
        ),
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
        in_child=directory.start,
    )
