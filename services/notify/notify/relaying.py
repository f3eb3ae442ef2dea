"""The relay process: what happened to alerts goes to leads."""

from contract.events import TO_LEADS
from notify.health import worker_checks
from notify.heartbeat import Heartbeat
from notify.parts import build
from notify.settings import Settings
from notify.tables import outbox as outbox_rows
from plumbing import outbox
from plumbing.health import serve_health
from plumbing.internal import EventClient
from plumbing.listen import Listener
from plumbing.loops import keep_doing, stop_on_signals
from plumbing.relay import Relay

PROCESS = "notify-relay"
GATHER_S = 0.5  # nobody waits for these: they become part of a lead's story


def run(settings: Settings) -> None:
    """Until SIGTERM."""
    parts = build(settings, process=PROCESS, pool_size=3)
    stop = stop_on_signals()
    relay = Relay(
        engine=parts.engine,
        table=outbox_rows,
        wire=TO_LEADS,
        broker=parts.broker,
        client=EventClient(settings.leads_url, settings.service_token),
    )
    listener = Listener(settings.database_url, outbox.CHANNEL)
    heartbeat = Heartbeat(parts.engine, PROCESS)

    def one_pass() -> None:
        heartbeat.beat()
        relay.wait_and_pass(listener, gather_s=GATHER_S)

    serve_health(settings.health_port, worker_checks(parts.engine), bind=settings.bind)
    keep_doing(one_pass, stop, pause_s=1.0)
    listener.close()
