"""After a restore nothing goes out by itself that may have gone out before."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, true

from notify import held
from notify.lookup import look
from notify.parts import MIGRATIONS
from plumbing.database import connect
from plumbing.migrations import migrate
from tests.notify.builders import MARIA, an_alert, rows, run
from tests.servers import Postgres

SOON = timedelta(minutes=5)
REMINDER = """
INSERT INTO message (id, clinic, alert_id, step_n, contact_id, channel, address, kind, subject,
    text, html, state, publish_at, dedup_key)
SELECT gen_random_uuid(), clinic, alert_id, step_n, contact_id, channel, address, 'reminder',
    subject, text, html, 'queued', now(), '{}' FROM message LIMIT 1
"""


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    owner, app = postgres.database("notify")
    migrate(owner, MIGRATIONS)
    engine = connect(app, name="test")
    yield engine
    engine.dispose()


def restore(engine: Engine, *, without_lead: tuple[str, ...] = ()) -> held.Restored:
    """As if the backup had been made when everything so far had happened."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        return held.after_restore(
            connection,
            leads_from=now - SOON,
            made_at=now + SOON,
            without_lead=without_lead,
        )


def states(engine: Engine) -> set[str]:
    return {row.state for row in rows(engine, "SELECT state FROM message")}


@pytest.mark.parametrize(
    "before",
    [
        "state = 'queued'",
        "state = 'sending', lease_until = now()",
        "state = 'unknown', unknown_since = now()",
    ],
)
def test_what_may_have_gone_out_is_held_and_not_sent(engine: Engine, before: str) -> None:
    an_alert(engine, MARIA)
    run(engine, "UPDATE message SET " + before)  # noqa: S608 - of this file
    assert restore(engine).held == 2
    assert states(engine) == {"held"}
    with engine.connect() as connection:
        for row in held.listed(connection):
            assert look(connection, row.id) is None


def test_what_is_known_to_have_gone_out_stays_as_it_was(engine: Engine) -> None:
    an_alert(engine, MARIA)
    run(engine, "UPDATE message SET state = 'accepted'")
    assert restore(engine).held == 0
    assert states(engine) == {"accepted"}


def test_a_request_from_before_the_backup_that_is_announced_again_is_held(engine: Engine) -> None:
    restore(engine)
    an_alert(engine, MARIA)
    assert states(engine) == {"held"}


def test_a_request_after_the_restore_is_told_at_once(engine: Engine) -> None:
    with engine.begin() as connection:
        past = datetime(2026, 1, 1, tzinfo=UTC)
        held.after_restore(connection, leads_from=past, made_at=past, without_lead=())
    an_alert(engine, MARIA)
    assert states(engine) == {"queued"}


def test_released_messages_go_out_and_so_does_all_that_follows(engine: Engine) -> None:
    an_alert(engine, MARIA)
    restore(engine)
    run(engine, REMINDER.format("early"))
    assert states(engine) == {"held"}
    with engine.begin() as connection:
        assert held.release(connection, true()) == 3
    run(engine, REMINDER.format("late"))
    assert states(engine) == {"queued"}


def test_dropped_messages_are_never_sent_and_that_is_on_record(engine: Engine) -> None:
    an_alert(engine, MARIA)
    restore(engine)
    with engine.begin() as connection:
        assert held.drop(connection, true()) == 2
    assert states(engine) == {"cancelled"}
    assert len(rows(engine, "SELECT 1 FROM audit WHERE what = 'message dropped'")) == 2


def test_leads_is_told_again_what_it_may_have_forgotten(engine: Engine) -> None:
    an_alert(engine, MARIA)
    run(engine, "UPDATE outbox SET confirmed_at = now()")
    restore(engine)
    assert rows(engine, "SELECT 1 FROM outbox WHERE confirmed_at IS NOT NULL") == []


def test_a_request_that_leads_does_not_have_is_named_and_its_events_end(engine: Engine) -> None:
    an_alert(engine, MARIA)
    lead_id = rows(engine, "SELECT lead_id FROM alert")[0].lead_id
    lost = restore(engine, without_lead=(lead_id,)).lost
    assert [row.lead_id for row in lost] == [lead_id]
    assert rows(engine, "SELECT 1 FROM outbox WHERE confirmed_at IS NULL") == []
