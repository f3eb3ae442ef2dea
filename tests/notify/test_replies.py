"""An alert is answered by text."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from notify import replies
from notify.parts import Parts
from tests.notify.builders import MARIA, OMAR, an_event, rows, the_contacts


def reply(engine: Engine, key: str, text: str) -> str | None:
    """What is sent back to the contact with this key."""
    [found] = rows(engine, f"SELECT id FROM contact WHERE key = '{key}'")  # noqa: S608 - a test's own
    with engine.begin() as connection:
        return replies.take(connection, contact=found.id, text=text, now=datetime.now(UTC))


def test_yes_takes_the_one_open_alert(engine: Engine, parts: Parts) -> None:
    the_contacts(engine, MARIA, OMAR)
    parts.inbox.take(an_event())
    assert "No request waits" in (reply(engine, "omar", "yes") or "")  # he was not told
    assert "You have it" in (reply(engine, "maria", " Yes. ") or "")
    assert rows(engine, "SELECT state, taken_by FROM alert") == [("taken", "Maria")]
