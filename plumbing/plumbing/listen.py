"""Be woken by PostgreSQL when a row was committed (LISTEN/NOTIFY).

Only a way to look sooner: a notification that is missed while the connection is down is found by
the next sweep.
"""

import logging
import time

import psycopg

logger = logging.getLogger(__name__)

RECONNECT_S = 1.0


class Listener:
    """Waits for notifications on one channel, over a connection of its own."""

    def __init__(self, url: str, channel: str) -> None:
        self._url = url
        self._channel = channel
        self._connection: psycopg.Connection | None = None

    def wait(self, timeout_s: float) -> list[str]:
        """Payloads that arrived, at once when there are some, else [] after `timeout_s`.

        Never raises: without a database it pauses and returns [].
        """
        try:
            connection = self._connected()
            payloads = [n.payload for n in connection.notifies(timeout=timeout_s, stop_after=1)]
            if payloads:  # whatever else is here already
                payloads += [n.payload for n in connection.notifies(timeout=0)]
        except psycopg.Error as error:
            logger.warning("not listening", extra={"reason": type(error).__name__})
            self.close()
            time.sleep(min(RECONNECT_S, timeout_s))
            return []
        return payloads

    def wait_out(self, seconds: float) -> None:
        """Let `seconds` pass and forget what was said meanwhile: the caller looks afterwards.

        None or less: nothing is forgotten.
        """
        if seconds > 0:
            time.sleep(seconds)
            self.wait(0)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=2,
                tcp_user_timeout=5000,
                keepalives_idle=5,
                keepalives_interval=2,
                keepalives_count=2,
            )
            self._connection.execute(
                psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(self._channel))
            )
        return self._connection
