"""Send one message: claim, call the provider, record what became of it.

    queued                  claimed and given to the next provider
    sending, lease lapsed   whoever had it died or hangs: as if the answer were unknown
    unknown                 a provider that takes one id once gets it again;
                            any other is asked, and after the settle time it is sent again

The provider is called outside any transaction.  One window is left: with a provider that can
neither be asked nor takes one id once, a message may go out twice when its answer is lost.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine

from notify import attempts, calling, caps, lookup, messages, optout, receipts, results
from notify.choice import COPY_S, Choice, planned_s, retry_after_s
from notify.lease import Leases
from notify.messages import Seen
from notify.paper import TO_PATIENT
from notify.providers import Accepted, Provider, ProviderError
from plumbing.database import alone

logger = logging.getLogger(__name__)

NO_PROVIDER_S = 30
IN_DOUBT = 3  # attempts, one soon after the other, of a message that may have gone out


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long things may take."""

    lease_s: float = 10
    settle_s: float = 20  # a provider may need this long to find a message that it took
    patient_settle_s: float = 600  # a patient is in no such hurry, and told twice looks careless
    ask_s: float = 5
    ask_at_most_s: float = (
        60  # a provider that gives no answer for so long: rather twice than never
    )
    rounds: int = (
        58  # of all providers of the channel; with the pauses of notify.choice: four hours
    )

    def settle_for(self, kind: str, no: int) -> float:
        """How long it stays unknown whether attempt `no` of a message of this kind went out.

        A provider that takes every message and loses every answer must not fill somebody's phone
        with copies: after the third attempt it is left alone for longer and longer.
        """
        settle_s = self.patient_settle_s if kind == TO_PATIENT else self.settle_s
        return max(settle_s, planned_s(no - IN_DOUBT, COPY_S)) if no > IN_DOUBT else settle_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A message whose first attempt was claimed: its lease runs."""

    seen: Seen
    provider: Provider


class Delivery:
    """Does the next thing for a message, whatever that is.  Any number may run."""

    def __init__(
        self,
        *,
        engine: Engine,
        providers: Mapping[str, Sequence[Provider]],
        times: Times | None = None,
        texts_per_clinic: int = 500,
    ) -> None:
        """`providers`: channel -> providers, the preferred one first."""
        self._engine = engine
        self._texts_per_clinic = texts_per_clinic
        self._alone = alone(engine)
        self._choice = Choice(engine, providers)
        self._times = times or Times()
        self._leases = Leases(engine, lease_s=self._times.lease_s)

    def providers(self, channel: str) -> list[str]:
        """Their names, the preferred one first."""
        return self._choice.names(channel)

    def send(self, message_id: UUID) -> None:
        """Safe at any time, twice, and from several at once; nothing due: nothing done.

        What one provider did not take goes to the next at once.
        """
        while self._do_next(message_id):
            pass

    def send_new(self, message_id: UUID, channel: str) -> None:
        """The same, with one look less where nobody has tried it yet and no provider is in trouble.

        `channel`: the message's.
        """
        if begun := self.begin({message_id: channel}):
            self.go_on(begun[message_id])
        else:
            self.send(message_id)

    def begin(self, wanted: Mapping[UUID, str]) -> dict[UUID, Begun]:
        """Claim new messages together, those that it can; `go_on` with each of them at once.

        `wanted`: message id -> its channel.
        """
        firsts = {channel: self._choice.first(channel) for channel in set(wanted.values())}
        by = {one: first for one, channel in wanted.items() if (first := firsts[channel])}
        if not by:
            return {}
        with self._alone.connect() as connection:
            seen = attempts.claim_firsts(
                connection,
                {message_id: provider.name for message_id, provider in by.items()},
                lease_s=self._times.lease_s,
                texts_per_day=self._texts_per_clinic,
            )
        return {one.outgoing.id: Begun(seen=one, provider=by[one.outgoing.id]) for one in seen}

    def go_on(self, begun: Begun) -> None:
        """Send what was claimed."""
        if self._carry_out(begun.seen, 1, begun.provider) == 0:
            self.send(begun.seen.outgoing.id)

    def _do_next(self, message_id: UUID) -> bool:
        """True when there is more to do for it right now."""
        with self._alone.connect() as connection:
            seen = lookup.look(connection, message_id)
        if seen is None:
            return False
        last = self._choice.last(seen)
        if seen.answered:
            self._cancel(seen)
        elif seen.suppressed and seen.state != messages.SENDING:
            self._suppress(seen)
        elif seen.attempt_no >= self._choice.attempts(seen, self._times.rounds):
            self._give_up(seen, f"not taken in {seen.attempt_no} attempts")
        elif seen.state == messages.QUEUED:
            return self._attempt(seen, self._choice.next(seen))
        elif last is not None and last.idempotent:
            self._attempt(seen, last)
        elif seen.state == messages.SENDING:
            self._doubt_lapsed(seen)
        else:
            self._reconcile(seen, last)
        return False

    def _attempt(self, seen: Seen, provider: Provider | None) -> bool:
        """True when the next provider has its turn right now."""
        if provider is None:
            self._wait_for_provider(seen)
            return False
        no, lease_s = seen.attempt_no + 1, self._times.lease_s
        with self._alone.connect() as connection:
            at_most = self._texts_per_clinic
            if not attempts.claim(
                connection, seen, provider=provider.name, lease_s=lease_s, texts_per_day=at_most
            ):
                if seen.channel == "sms" and caps.is_reached(connection, seen.clinic, at_most):
                    self._give_up(seen, caps.reached(at_most))
                return False  # or somebody else was faster
        return self._carry_out(seen, no, provider) == 0

    def _carry_out(self, seen: Seen, no: int, provider: Provider) -> float | None:
        """Attempt `no`, which is claimed.  When the message is due again, in seconds; None: not."""
        start = time.monotonic()
        with self._leases.held(seen.outgoing.id, no):
            answer = calling.call(provider, seen.outgoing, no)
        _log(seen, no, provider, answer, time.monotonic() - start)
        delay_s = self._record(seen, no, provider, answer)
        self._choice.note(seen, provider, answer)
        if isinstance(answer, ProviderError) and answer.opted_out:
            self._opted_out(seen.outgoing.to)
        return delay_s

    def _record(
        self, seen: Seen, no: int, provider: Provider, answer: Accepted | ProviderError
    ) -> float | None:
        """When the message is due again, in seconds; None: it is not."""
        if isinstance(answer, Accepted):
            self._accept(seen, no, answer.ref)
            return None
        delay_s = None
        with self._engine.begin() as connection:
            if answer.permanent and answer.only_here and self._choice.others(seen, provider):
                delay_s = 0.0
                results.refused_here(connection, seen, no, answer.reason, delay_s)
            elif answer.permanent:
                results.refused(connection, seen, no, answer.reason)
            elif answer.unknown:
                ask_s = self._ask_after_s(provider, no)
                results.unknown(connection, seen, no, answer.reason, ask_s)
            else:
                delay_s = self._choice.pause_s(seen, no, answer)
                results.put_off(connection, seen, no, answer.reason, delay_s)
        return delay_s

    def _accept(self, seen: Seen, no: int, ref: str) -> None:
        with self._alone.connect() as connection:
            is_reported = results.accepted(connection, seen, no, ref)
        if is_reported:  # faster than we were
            with self._engine.begin() as connection:
                receipts.apply(connection, ref)

    def _opted_out(self, number: str) -> None:
        with self._engine.begin() as connection:
            optout.stop(connection, number, source="provider")

    def _ask_after_s(self, provider: Provider, no: int) -> float:
        if not provider.idempotent:
            return self._times.ask_s
        return 0 if no == 1 else retry_after_s(no)

    def _doubt_lapsed(self, seen: Seen) -> None:
        with self._engine.begin() as connection:
            results.unknown(connection, seen, seen.attempt_no, "lease lapsed", self._times.ask_s)

    def _reconcile(self, seen: Seen, last: Provider | None) -> None:
        """Ask whether the message is there; send again only when it surely is not."""
        times, no = self._times, seen.attempt_no
        try:
            ref, patience_s = calling.find(last, seen.outgoing), 0.0
        except ProviderError:
            ref, patience_s = None, times.ask_at_most_s
        patience_s = max(patience_s, times.settle_for(seen.outgoing.kind, no))
        if ref is None and seen.unknown_for_s >= patience_s:
            self._attempt(seen, self._choice.next(seen))
            return
        with self._engine.begin() as connection:
            if ref is not None:
                results.adopted(connection, seen, no, ref)
                receipts.apply(connection, ref)
            else:
                left_s = patience_s - seen.unknown_for_s
                attempts.doubt(connection, seen.outgoing.id, no, delay_s=min(times.ask_s, left_s))

    def _cancel(self, seen: Seen) -> None:
        with self._engine.begin() as connection:
            results.cancelled(connection, seen)

    def _suppress(self, seen: Seen) -> None:
        with self._engine.begin() as connection:
            optout.suppress(connection, seen)

    def _give_up(self, seen: Seen, reason: str) -> None:
        with self._engine.begin() as connection:
            results.given_up(connection, seen, reason)

    def _wait_for_provider(self, seen: Seen) -> None:
        with self._engine.begin() as connection:
            messages.postpone(connection, seen, delay_s=NO_PROVIDER_S)
        fields = {"message_id": seen.outgoing.id, "channel": seen.outgoing.channel}
        logger.error("no provider is set for this channel", extra=fields)


def _log(
    seen: Seen, no: int, provider: Provider, answer: Accepted | ProviderError, duration_s: float
) -> None:
    fields = {
        "message_id": seen.outgoing.id,
        "alert_id": seen.alert_id,
        "clinic": seen.clinic,
        "channel": seen.outgoing.channel,
        "provider": provider.name,
        "attempt": no,
        "duration_s": round(duration_s, 3),
    }
    if isinstance(answer, Accepted):
        logger.info("message sent", extra=fields)
    else:
        logger.warning("message not sent", extra=fields | {"reason": answer.reason})
