"""Who takes tasks stays with its broker."""

from plumbing.broker import worker_app
from plumbing.consumer import RECONNECT_S, Consumer


def test_a_consumer_looks_every_second_for_a_broker_that_went_away() -> None:
    """Celery's own pauses grow to 30 s: an alert would wait for them once Redis is back."""
    asked: dict[str, float] = {}

    class Connection:
        def ensure_connection(self, *_: object, **pauses: object) -> object:
            asked.update({name: s for name, s in pauses.items() if isinstance(s, float)})
            return self

    consumer = Consumer.__new__(Consumer)
    consumer.app = worker_app("test", "redis://127.0.0.1:1/0")
    consumer.first_connection_attempt = False
    consumer.ensure_connected(Connection())
    assert asked["interval_start"] == asked["interval_max"] == RECONNECT_S == 1
