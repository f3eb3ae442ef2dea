"""An alert's whole story, from the audit alone."""

from sqlalchemy import Engine

from notify import story
from tests.notify.builders import MARIA, OMAR, rows
from tests.notify.clockwork import Clockwork, local


def test_the_story_says_what_happened_who_was_chosen_and_why(engine: Engine) -> None:
    clock = Clockwork(engine, local("2026-11-23 09:00"))
    clock.contacts(MARIA, OMAR)
    lead = clock.lead()
    clock.takes(lead, "maria")
    clock.after(minutes=40)
    clock.reply("maria", "1Y")
    with engine.connect() as connection:
        found = story.entries(connection, lead.lead_id)
        assert list(found) == list(story.entries(connection, str(clock.alert(lead))))
    assert list(story.in_words(found, "America/Los_Angeles")) == [
        "Mon Nov 23, 9:00:00 AM PST  alert opened Maria",
        "Mon Nov 23, 9:00:00 AM PST  alert taken Maria (by link)",
        "Mon Nov 23, 9:30:00 AM PST  holder reminded Maria (no outcome yet)",
        "Mon Nov 23, 9:40:00 AM PST  chain resumed (no outcome)",
        "Mon Nov 23, 9:40:00 AM PST  next contact Omar",
        "Mon Nov 23, 9:40:00 AM PST  alert settled Maria (reached, by text)",
    ]
    assert story.stood(found) == story.Stood(
        state="settled", holder="Maria", told=("maria", "omar"), missed=False
    )


def test_each_entry_is_told_to_leads_with_its_moment(engine: Engine) -> None:
    clock = Clockwork(engine, local("2026-11-23 09:00"))
    clock.contacts(MARIA, OMAR)
    lead = clock.lead()
    clock.after(minutes=30)
    written = rows(engine, "SELECT what, detail FROM audit WHERE alert_id IS NOT NULL ORDER BY id")
    events = rows(engine, "SELECT data FROM outbox WHERE data ? 'alert_id'")
    told = sorted((row.data["at"], row.data["what"]) for row in events)
    assert len(written) == len(told)
    assert sorted(row.detail["at"] for row in written) == [at for at, _what in told]
    assert [what for _at, what in told] == ["opened", "escalated", "missed"]
    assert {row.data["lead_id"] for row in events} == {lead.lead_id}
