"""Notice that a provider is back: what waits for it need not wait for its own next time.

After a long outage that may be five minutes away, and a lone message has no other that would find
out.  So while messages wait, each provider of their channel is asked, without one, whether it would
take a message.  One that would not, and then would, has its messages tried at once.  One that would
all along said no for another reason: those pauses are what it asked for, and hold.
"""

import logging
import threading
from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, func, select

from notify import messages
from notify.messages import QUEUED
from notify.providers import Provider, ProviderError, Reachable
from notify.tables import message
from plumbing.loops import keep_doing

logger = logging.getLogger(__name__)

EVERY_S = 10.0


class Probing:
    """Several may run: that messages are tried twice at once costs nothing."""

    def __init__(self, engine: Engine, providers: Mapping[str, Sequence[Provider]]) -> None:
        """`providers`: channel -> providers, as for sending."""
        self._engine = engine
        self._able = {
            channel: [one for one in listed if isinstance(one, Reachable)]
            for channel, listed in providers.items()
        }
        self._away: set[tuple[str, str]] = set()  # channel, provider's name

    def start(self, stop: threading.Event) -> None:
        """In a thread, until `stop`."""
        threading.Thread(target=self._run, args=(stop,), daemon=True, name="probing").start()

    def probe(self) -> list[str]:
        """One round; the channels whose messages may come now."""
        return [channel for channel in self._waiting() if self._is_back(channel)]

    def _waiting(self) -> Sequence[str]:
        put_off = (
            select(message.c.channel)
            .distinct()
            .where(
                message.c.channel.in_(self._able),
                message.c.state == QUEUED,
                message.c.attempt_no > 0,
                message.c.due_at > func.now(),
            )
        )
        with self._engine.begin() as connection:
            return connection.scalars(put_off).all()

    def _is_back(self, channel: str) -> bool:
        back = [one.name for one in self._able[channel] if self._came_back(channel, one)]
        if not back:
            return False
        with self._engine.begin() as connection:
            messages.hurry(connection, channel)
        for name in back:
            logger.info("provider is back", extra={"channel": channel, "provider": name})
        return True

    def _came_back(self, channel: str, provider: Reachable) -> bool:
        key = (channel, provider.name)
        if not _is_reachable(provider):
            self._away.add(key)
            return False
        was_away = key in self._away
        self._away.discard(key)
        return was_away

    def _run(self, stop: threading.Event) -> None:
        def one_pass() -> None:
            self.probe()
            stop.wait(EVERY_S)

        keep_doing(one_pass, stop, pause_s=EVERY_S)


def _is_reachable(provider: Reachable) -> bool:
    try:
        provider.reach()
    except ProviderError:
        return False
    except Exception:  # an adapter's mistake
        logger.exception("provider adapter failed", extra={"provider": provider.name})
        return False
    return True
