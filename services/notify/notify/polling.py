"""Ask about texts whose end no report has told: the provider has no way to us, or it got lost.

First 75 s after a text was accepted, in time for notify.unheard, then each time as late again as it
is old, for a day.
What is learned is a receipt like any other (notify.receipts).
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine, func, select

from notify import receipts
from notify.messages import ACCEPTED
from notify.providers import Provider, ProviderError
from notify.providers.reports import SENT, Reporter
from notify.tables import attempt, message, outcome
from plumbing.loops import keep_doing

logger = logging.getLogger(__name__)

EVERY_S = 10.0
FIRST, LAST = timedelta(seconds=75), timedelta(days=1)
AT_ONCE = 200


class Polling:
    """Several may run: a report that two of them fetch is kept once."""

    def __init__(self, engine: Engine, providers: Mapping[str, Sequence[Provider]]) -> None:
        """`providers`: channel -> providers, as for sending."""
        self._engine = engine
        self._able = {
            one.name: (one, len(listed) > 1)
            for listed in providers.values()
            for one in listed
            if isinstance(one, Reporter)
        }
        self._next: dict[UUID, float] = {}  # when to ask about a message again, monotonic

    def start(self, stop: threading.Event) -> None:
        """In a thread, until `stop`.  A provider that hangs holds up nothing else."""
        if self._able:
            threading.Thread(target=self._run, args=(stop,), daemon=True, name="polling").start()

    def ask(self) -> int:
        """One round; how many reports were new."""
        age_s = func.extract("epoch", func.now() - outcome.c.at).label("age_s")
        same = (attempt.c.message_id == message.c.id) & (attempt.c.no == message.c.attempt_no)
        result = (outcome.c.message_id == attempt.c.message_id) & (outcome.c.no == attempt.c.no)
        waiting = (
            select(message.c.id, attempt.c.provider, outcome.c.provider_ref, age_s)
            .join(attempt, same)
            .join(outcome, result)
            .where(
                message.c.state.in_([ACCEPTED, SENT]),
                attempt.c.provider.in_(self._able),
                outcome.c.at.between(func.now() - LAST, func.now() - FIRST),
            )
            .order_by(outcome.c.at.desc())
        )
        with self._engine.begin() as connection:
            rows = connection.execute(waiting).all()
        now = time.monotonic()
        self._next = {row.id: self._next.get(row.id, now) for row in rows}
        due = [row for row in rows if self._next[row.id] <= now][:AT_ONCE]
        for row in due:
            self._next[row.id] = now + float(row.age_s)
        return sum(self._ask_one(row.provider, row.provider_ref) for row in due)

    def _ask_one(self, name: str, ref: str) -> bool:
        provider, others = self._able[name]
        try:
            receipt = provider.report(ref, others=others)
        except ProviderError as error:
            logger.warning("no report", extra={"provider": name, "reason": error.reason})
            return False
        with self._engine.begin() as connection:
            return receipts.take(connection, receipt)

    def _run(self, stop: threading.Event) -> None:
        def one_pass() -> None:
            self.ask()
            stop.wait(EVERY_S)

        keep_doing(one_pass, stop, pause_s=EVERY_S)
