"""The objects that every notify process is made of.  Building them connects to nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from contract import directory, events
from contract.directory import Directory
from contract.events import (
    Envelope,
    LeadAccepted,
    LeadHandled,
    LeadHeld,
    LeadsErased,
    MessageRequested,
)
from notify import agreement, alerts, erased, handled, heldleads, requested, sending
from notify.delivery import Delivery
from notify.providers import Provider
from notify.settings import Settings
from notify.tables import inbox as inbox_rows
from plumbing.broker import Broker, producer_app
from plumbing.database import connect
from plumbing.documents import Reader
from plumbing.envelopes import open_part
from plumbing.inbox import Inbox

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, kw_only=True)
class Parts:
    engine: Engine
    broker: Broker
    reader: Reader[Directory]  # started by those that word messages
    inbox: Inbox
    providers: Mapping[str, Sequence[Provider]]  # by channel, the preferred one first
    delivery: Delivery


def build(settings: Settings, *, process: str, pool_size: int) -> Parts:
    engine = connect(settings.database_url, name=process, pool_size=pool_size)
    reader = Reader(
        redis_url=settings.redis_url,
        key=directory.REDIS_KEY,
        keys=settings.verify_keys,
        parse=Directory.from_json,
        copy=settings.state_dir / "directory.json",
    )
    providers = sending.providers(settings, engine)
    return Parts(
        engine=engine,
        broker=Broker(producer_app(process, settings.redis_url)),
        reader=reader,
        inbox=build_inbox(engine, reader, settings),
        providers=providers,
        delivery=Delivery(
            engine=engine, providers=providers, texts_per_clinic=settings.texts_per_clinic
        ),
    )


def build_inbox(engine: Engine, reader: Reader[Directory], settings: Settings) -> Inbox:
    def lead_accepted(connection: Connection, envelope: Envelope) -> None:
        lead = LeadAccepted.from_json(envelope.data)
        alerts.open_alert(
            connection,
            lead,
            reader.current,
            desk_url=settings.desk_url,
            first_name=agreement.first_name(settings.event_keys, envelope),
        )

    def lead_handled(connection: Connection, envelope: Envelope) -> None:
        handled.lead_handled(connection, LeadHandled.from_json(envelope.data))

    def lead_held(connection: Connection, envelope: Envelope) -> None:
        heldleads.note(connection, LeadHeld.from_json(envelope.data))

    def message_requested(connection: Connection, envelope: Envelope) -> None:
        event = MessageRequested.from_json(envelope.data)
        if erased.is_erased(connection, event.lead_id):
            return  # it was asked for before
        sealed = open_part(settings.event_keys, envelope)
        requested.take(connection, event, sealed, reader.current)

    def leads_erased(connection: Connection, envelope: Envelope) -> None:
        erased.take(connection, LeadsErased.from_json(envelope.data))

    return Inbox(
        engine,
        inbox_rows,
        {
            events.LEAD_ACCEPTED: lead_accepted,
            events.LEAD_HANDLED: lead_handled,
            events.LEAD_HELD: lead_held,
            events.LEADS_ERASED: leads_erased,
            events.MESSAGE_REQUESTED: message_requested,
        },
    )
