"""A contact of whom nobody knows whether a message reached them: the next one is told."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from notify.alertbook import Contact
from notify.escalation import Escalation
from notify.scene import Scene
from notify.unheard import tell_others
from tests.notify.builders import MARIA, OMAR, a_directory, an_alert, rows, run
from tests.notify.clockwork import Desk

ROSA = Contact(key="rosa", name="Rosa", email=None, sms="+15595550102")
REPORTS = "twilio"


@dataclass
class Told:
    """One alert, its messages as a test says they are, `seconds_ago`."""

    engine: Engine

    def was(self, state: str, seconds_ago: int, *, provider: str | None = REPORTS) -> None:
        by = f"'{provider}'" if provider else "NULL"
        ago = f"now() - interval '{seconds_ago} s'"
        run(
            self.engine,
            f"UPDATE message SET state = '{state}', provider = {by}, created_at = {ago},"  # noqa: S608
            f" due_at = {ago}, attempt_no = 1,"
            f" lease_until = CASE WHEN '{state}' = 'sending' THEN now() END,"
            f" unknown_since = CASE WHEN '{state}' = 'unknown' THEN {ago} END",
        )
        run(self.engine, f"UPDATE step SET done_at = {ago} WHERE state = 'done'")  # noqa: S608

    def look(self) -> list[str]:
        """Who has been told after a look at what nobody heard of."""
        scene = Scene(directory=a_directory(), desk_url="", now=datetime.now(UTC))
        with self.engine.begin() as connection:
            tell_others(connection, scene, reporting=[REPORTS])
        # no directory: no hours, so that the test does not depend on the time of day
        Escalation(engine=self.engine, reader=Desk(None)).work()  # type: ignore[arg-type]
        found = rows(
            self.engine,
            "SELECT contact.key FROM step JOIN contact ON contact.id = contact_id"
            " WHERE state = 'done' ORDER BY n",
        )
        return [row.key for row in found]


@pytest.fixture
def told(engine: Engine) -> Told:
    return Told(engine)


def test_a_text_without_word_of_its_arrival_moves_the_turn_after_90_s(told: Told) -> None:
    an_alert(told.engine, ROSA, OMAR)
    told.was("accepted", 80)
    assert told.look() == ["rosa"]
    told.was("accepted", 95)
    assert told.look() == ["rosa", "omar"]
    assert told.look() == ["rosa", "omar"]


@pytest.mark.parametrize("state", ["delivered", "cancelled"])
def test_a_text_that_arrived_or_is_not_wanted_any_more_moves_nothing(
    told: Told, state: str
) -> None:
    an_alert(told.engine, ROSA, OMAR)
    told.was(state, 95)
    assert told.look() == ["rosa"]


def test_a_provider_that_never_tells_is_believed(told: Told) -> None:
    an_alert(told.engine, ROSA, OMAR)
    told.was("accepted", 95, provider="capture")
    assert told.look() == ["rosa"]


def test_an_email_that_a_server_has_counts_beside_a_silent_text(told: Told) -> None:
    an_alert(told.engine, MARIA, OMAR)
    told.was("accepted", 95)
    run(told.engine, "UPDATE message SET provider = 'smtp' WHERE channel = 'email'")
    assert told.look() == ["maria"]


@pytest.mark.parametrize("state", ["queued", "sending", "unknown"])
def test_what_no_provider_takes_for_30_s_moves_the_turn(told: Told, state: str) -> None:
    an_alert(told.engine, MARIA, OMAR)
    told.was(state, 25)
    assert told.look() == ["maria"]
    told.was(state, 35)
    assert told.look() == ["maria", "omar"]


def test_with_nobody_else_to_tell_the_chain_waits_as_ever(told: Told) -> None:
    an_alert(told.engine, ROSA)
    told.was("accepted", 95)
    assert told.look() == ["rosa"]
    assert not rows(told.engine, "SELECT 1 FROM alert WHERE missed_at IS NOT NULL")


def test_an_answered_alert_is_left_alone(told: Told) -> None:
    an_alert(told.engine, ROSA, OMAR)
    told.was("accepted", 95)
    run(told.engine, "UPDATE alert SET state = 'taken'")
    assert told.look() == ["rosa"]
