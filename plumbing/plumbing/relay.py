"""Carry events from the outbox to the other service: by the broker first, then by HTTP.

A row is claimed (and its next try set) before it is published, so a relay that dies loses
nothing; it ends only when the receiver confirms it.  What the receiver refuses is set aside.

A broker that takes events which nobody confirms (its consumer is dead, it forgot them) is given
no new ones for a while: each would wait its time for nothing, and no more than a window of them
could go on their way in that time.
"""

import logging
import time

from sqlalchemy import Engine, Table

from contract.events import Envelope, Wire
from plumbing import outbox
from plumbing.broker import Broker
from plumbing.database import alone
from plumbing.inbox import Answer
from plumbing.internal import EventClient
from plumbing.listen import Listener

logger = logging.getLogger(__name__)

BATCH = 50  # claimed at once, and posted at once by HTTP
WINDOW = 200  # handed on and not confirmed
FULL_S = 0.05  # when as much is under way as may be, it looks for room this often
DOUBT_S = 5.0  # so long the one way is left alone when only the other one got events through


class Relay:
    """Moves events of one outbox to one other service.

    `together`: how many events one task carries at most.  Few where somebody waits for them, so
    that several workers share them; many where nobody does.  `fair_by`: as in outbox.claim; what
    is handed on waits in turn no more, so that `window` is small where turns matter.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        table: Table,
        wire: Wire,
        broker: Broker,
        client: EventClient,
        together: int = BATCH,
        fair_by: str = "",
        window: int = WINDOW,
    ) -> None:
        self._window = window
        self._fair_by = fair_by
        self._together = together
        self._engine = engine
        self._alone = alone(engine)
        self._table = table
        self._wire = wire
        self._broker = broker
        self._client = client
        self._passed_at = 0.0
        self._full = False
        self._by_http_until = self._by_broker_until = 0.0

    def wait_and_pass(
        self,
        listener: Listener,
        *,
        sweep_s: float = 1.0,
        gather_s: float = 0.0,
        pace_s: float = 0.0,
    ) -> None:
        """Wait until a row is committed, at most `sweep_s`, then publish all that is due.

        `gather_s`: how long to let more rows come in before, where nobody waits for them.
        `pace_s`: so long after the last time; what comes alone goes at once, what comes in
        numbers goes together, which is less work for everybody after us.
        """
        if self._full:
            listener.wait_out(max(gather_s, FULL_S))
        elif listener.wait(sweep_s):
            listener.wait_out(max(gather_s, self._passed_at + pace_s - time.monotonic()))
        self._passed_at = time.monotonic()
        while self.one_pass() == BATCH:
            pass

    def one_pass(self) -> int:
        """Publish what is due; how many events that were, 0 when the other service is away."""
        with self._alone.connect() as connection:
            taken = outbox.claim(
                connection, self._table, limit=BATCH, window=self._window, fair_by=self._fair_by
            )
        claimed = taken.events
        self._full = taken.lately + len(claimed) >= self._window
        # Published once and not confirmed: the broker has lost it or its consumer is away.
        by_http = [envelope for tries, envelope in claimed if tries > 0]
        new = [envelope for tries, envelope in claimed if tries == 0]
        overdue = taken.overdue > 0
        by_http += new if self._doubts_broker(overdue=overdue) else self._not_published(new)
        if not by_http:
            return len(claimed)
        answer = self._client.post(by_http)
        self._note(answer)
        if answer.confirmed or answer.refused:
            self._full = False
            if overdue:
                self._by_http_until = time.monotonic() + DOUBT_S
            return len(claimed)
        self._by_broker_until = time.monotonic() + DOUBT_S
        self._not_published(by_http)  # whoever takes events from the broker may be well
        return 0

    def _doubts_broker(self, *, overdue: bool) -> bool:
        """`overdue`: some that it took were not confirmed in their time."""
        now = time.monotonic()
        return (overdue or now < self._by_http_until) and now >= self._by_broker_until

    def _not_published(self, envelopes: list[Envelope]) -> list[Envelope]:
        """Publish; those that the broker did not take."""
        left: list[Envelope] = []
        for start in range(0, len(envelopes), self._together):
            some = envelopes[start : start + self._together]
            raw = [envelope.to_json() for envelope in some]
            if not self._broker.send(self._wire.take_all, raw, queue=self._wire.queue):
                left += some
        return left

    def _note(self, answer: Answer) -> None:
        if not answer.confirmed and not answer.refused:
            return
        with self._engine.begin() as connection:
            if answer.confirmed:
                outbox.confirm(connection, self._table, answer.confirmed)
            if answer.refused:
                outbox.refuse(connection, self._table, answer.refused)
        for event_id in answer.refused:
            logger.error("event refused and set aside", extra={"event_id": event_id})
