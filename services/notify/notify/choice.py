"""Which provider gets a message next, and how soon after one that did not take it."""

import random
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Engine

from notify import lookup
from notify.breaker import Breakers
from notify.messages import Seen
from notify.providers import Accepted, Provider, ProviderError

# after the first, second, … round of providers that failed: what is away for a minute holds a
# message up for no more than some seconds longer
RETRY_S = (5, 10, 12, 12, 12, 12, 20, 30, 60, 120, 180)
RETRY_THEN_S = 300
COPY_S = (5, 20, 60, 180)  # after attempts of which nobody knows whether they were taken
RETRY_AFTER_AT_MOST_S = 900  # when a provider asks to be left alone
JITTER = 0.2


class Choice:
    """The providers of each channel, the preferred one first, and how they fare."""

    def __init__(self, engine: Engine, providers: Mapping[str, Sequence[Provider]]) -> None:
        self._engine = engine
        self._providers = providers
        self._breakers = Breakers(engine)

    def names(self, channel: str) -> list[str]:
        return [provider.name for provider in self._providers.get(channel, ())]

    def next(self, seen: Seen) -> Provider | None:
        """After a failure the next in the list, round and round; none that refused for good.

        Those that took nothing lately are passed over, unless there is no other.
        """
        in_turn = self._in_turn(seen)
        for provider in in_turn:
            if len(in_turn) == 1 or self._breakers.lets_through((seen.channel, provider.name)):
                return provider
        return in_turn[0] if in_turn else None

    def first(self, channel: str) -> Provider | None:
        """The preferred one, unless it is left alone just now."""
        first = next(iter(self._providers.get(channel, ())), None)
        if first is None or self._breakers.leaves_alone((channel, first.name)):
            return None
        return first

    def last(self, seen: Seen) -> Provider | None:
        return next((one for one in self._able(seen) if one.name == seen.provider), None)

    def others(self, seen: Seen, provider: Provider) -> bool:
        """Is there a provider that has not refused this message?"""
        refused = self._refused(seen.outgoing.id) | {provider.name}
        return any(one.name not in refused for one in self._able(seen))

    def attempts(self, seen: Seen, rounds: int) -> int:
        """How many attempts so many rounds are."""
        return rounds * max(len(self._able(seen)), 1)

    def pause_s(self, seen: Seen, no: int, answer: ProviderError) -> float:
        """After attempt `no`: none while others of this round have not been asked."""
        count = len(self._able(seen))
        if count > 1 and no % count:
            return 0.0
        # the only one may ask for more; another one need not wait for that
        asked_s = min(answer.retry_after_s or 0, RETRY_AFTER_AT_MOST_S) if count == 1 else 0
        return max(retry_after_s(no // max(count, 1)), asked_s)

    def note(self, seen: Seen, provider: Provider, answer: Accepted | ProviderError) -> None:
        """Remember how the provider fared."""
        key = (seen.channel, provider.name)
        if isinstance(answer, Accepted) or (answer.permanent and not answer.only_here):
            self._breakers.note(key, reason=None)
        else:
            self._breakers.note(key, reason=answer.reason)

    def _able(self, seen: Seen) -> Sequence[Provider]:
        return self._providers.get(seen.channel, ())

    def _in_turn(self, seen: Seen) -> list[Provider]:
        able = self._able(seen)
        start = seen.attempt_no % len(able) if able else 0
        in_turn = [*able[start:], *able[:start]]
        if seen.attempt_no and len(able) > 1:
            refused = self._refused(seen.outgoing.id)
            in_turn = [one for one in in_turn if one.name not in refused] or in_turn
        return in_turn

    def _refused(self, message_id: UUID) -> frozenset[str]:
        with self._engine.begin() as connection:
            return lookup.refused_by(connection, message_id)


def planned_s(failures: int, pauses: Sequence[float] = RETRY_S) -> float:
    """The pause after so many failures."""
    return pauses[failures - 1] if failures <= len(pauses) else RETRY_THEN_S


def retry_after_s(failures: int) -> float:
    """The pause after so many failures, give or take a fifth, so that not all come at once."""
    return planned_s(failures) * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
