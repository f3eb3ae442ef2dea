"""Carry events from the outbox to the other service: by the broker first, then by HTTP.

A row is claimed (and its next try set) before it is published, so a relay that dies loses
nothing; it ends only when the receiver confirms it.
"""

import logging
from uuid import UUID

from sqlalchemy import Engine, Table

from contract.events import Envelope, Wire
from plumbing import outbox
from plumbing.broker import Broker
from plumbing.internal import EventClient
from plumbing.listen import Listener

logger = logging.getLogger(__name__)

BATCH = 50


class Relay:
    """Moves events of one outbox to one other service."""

    def __init__(
        self, *, engine: Engine, table: Table, wire: Wire, broker: Broker, client: EventClient
    ) -> None:
        self._engine = engine
        self._table = table
        self._wire = wire
        self._broker = broker
        self._client = client

    def wait_and_pass(self, listener: Listener, *, sweep_s: float = 1.0) -> None:
        """Wait until a row is committed, at most `sweep_s`, then publish all that is due."""
        listener.wait(sweep_s)
        while self.one_pass() == BATCH:
            pass

    def one_pass(self) -> int:
        """Publish what is due; how many events that were."""
        with self._engine.begin() as connection:
            claimed = outbox.claim(connection, self._table, limit=BATCH)
        # Published once and not confirmed: the broker has lost it or its consumer is away.
        by_http = [
            envelope for tries, envelope in claimed if tries > 0 or not self._publish(envelope)
        ]
        self._confirm(self._client.post(by_http))
        return len(claimed)

    def _publish(self, envelope: Envelope) -> bool:
        return self._broker.send(self._wire.take, envelope.to_json(), queue=self._wire.queue)

    def _confirm(self, ids: list[UUID]) -> None:
        if ids:
            with self._engine.begin() as connection:
                outbox.confirm(connection, self._table, ids)
