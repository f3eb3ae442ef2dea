"""A first name is said only where an agreement is on record, and only to those it was asked for."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from contract.events import LEAD_ACCEPTED, LEADS_ERASED, Envelope, LeadsErased
from notify import contacts
from notify.agreement import Agreement
from notify.alertbook import ClinicAlerts
from notify.alertfile import load_book
from notify.parts import Parts
from notify.settings import Settings
from notify.wording import word
from notify.words import GSM_7, Item
from plumbing.envelopes import seal_part
from tests.notify.builders import MARIA, OMAR, a_lead, an_event, rows, run
from tests.notify.test_words import LINK, about

AGREED = Agreement(with_whom="Twilio, signed by J. Harlan", signed=date(2026, 11, 2))
SIGNED = '[agreement]\nwith = "Twilio, signed by J. Harlan"\nsigned = 2026-11-02\n'
NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
PEOPLE = '[contacts.maria]\nname = "Maria"\nemail = "m@envista.example"\nnames = true\n'
TELLS = '[locations."*"]\ntell = ["maria"]\n'


def problems(folder: Path, text: str) -> tuple[str, ...]:
    (folder / "envista.toml").write_text(text)
    return load_book(folder).problems


def store(
    engine: Engine,
    *,
    names: bool = True,
    agreed: Agreement | None = AGREED,
    first: str = "maria",
) -> None:
    people = (replace(MARIA, names=names), OMAR)
    tells = {"shafter": (first,)}
    contacts.store(
        engine, ClinicAlerts(clinic="envista", contacts=people, tell=tells, agreement=agreed)
    )


def write(parts: Parts, settings: Settings, name: str = "Ana") -> None:
    """A lead whose event says, sealed, who wrote."""
    event = an_event(a_lead())
    sealed = seal_part(settings.event_keys, event.id, {"first_name": name})
    parts.inbox.take(
        Envelope(id=event.id, name=LEAD_ACCEPTED, at=event.at, data=event.data, sealed=sealed)
    )


def messages(engine: Engine) -> dict[str, Any]:
    return {row.channel: row for row in rows(engine, "SELECT * FROM message")}


def test_names_without_an_agreement_are_refused_in_words(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, PEOPLE + TELLS)
    assert problem.startswith("envista.toml: [contacts.maria] names: needs an agreement on record")
    assert "add [agreement]" in problem
    assert problems(tmp_path, PEOPLE + TELLS + SIGNED) == ()


@pytest.mark.parametrize(
    ("agreement", "words"),
    [
        ('[agreement]\nwith = "Twilio, signed by J. Harlan"\n', "needs `with` and `signed`"),
        ('[agreement]\nwith = "yes"\nsigned = 2026-11-02\n', "say who signed what with whom"),
        (SIGNED.replace("2026-11-02", '"soon"'), "must be a day"),
        (SIGNED.replace("2026", "2999"), "2999-11-02 is to come"),
    ],
)
def test_an_agreement_that_says_too_little_is_none(
    tmp_path: Path, agreement: str, words: str
) -> None:
    (problem,) = problems(tmp_path, PEOPLE + TELLS + agreement)
    assert problem.startswith("envista.toml: [agreement] ")
    assert words in problem


def test_who_is_told_names_is_said_with_true_or_false(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, PEOPLE.replace("true", '"yes"') + TELLS + SIGNED)
    assert "names: must be true or false" in problem


def test_whoever_asked_for_it_reads_the_first_name(
    engine: Engine, parts: Parts, settings: Settings
) -> None:
    store(engine)
    write(parts, settings)
    told = messages(engine)
    assert told["sms"].text.startswith("shafter: new appointment request from Ana, K7QF 2MPD.")
    assert "From:       Ana" in told["email"].text
    assert "<td>Ana</td>" in told["email"].html
    assert "What was written is left out" in told["email"].html


def test_another_contact_did_not_ask_and_reads_none(
    engine: Engine, parts: Parts, settings: Settings
) -> None:
    store(engine, first="omar")
    write(parts, settings)
    told = messages(engine)
    assert told.keys() == {"email"}
    assert "Ana" not in told["email"].html + told["email"].text + told["email"].subject


@pytest.mark.parametrize("kept", [{"names": False}, {"names": False, "agreed": None}])
def test_where_nobody_may_be_told_it_is_not_kept(
    engine: Engine, parts: Parts, settings: Settings, kept: dict[str, Any]
) -> None:
    store(engine, **kept)
    write(parts, settings)
    assert rows(engine, "SELECT first_name FROM alert") == [("",)]
    assert "Ana" not in str(rows(engine, "SELECT * FROM message"))


def test_an_agreement_and_its_end_are_in_the_audit(engine: Engine) -> None:
    for _ in range(2):
        store(engine)
    store(engine, names=False, agreed=None)
    said = [row.what for row in rows(engine, "SELECT what FROM audit WHERE what LIKE 'agreement%'")]
    assert said == ["agreement recorded", "agreement withdrawn"]
    assert rows(engine, "SELECT * FROM agreement") == []


def test_what_the_file_says_of_names_holds_also_for_a_contact_changed_on_the_desk(
    engine: Engine,
) -> None:
    store(engine)
    run(engine, "UPDATE contact SET changed_by = 'desk'")
    store(engine, names=False, agreed=None)
    assert {row.names for row in rows(engine, "SELECT names FROM contact")} == {False}


@pytest.mark.parametrize("name", ["Ana", "Maximilian-Alexander", "Żółć"])
@pytest.mark.parametrize("location", ["Shafter", "The Old Mill Road Family Practice", "x" * 70])
def test_with_a_name_a_text_is_still_one_segment(name: str, location: str) -> None:
    facts = replace(about(location=location), who=name)
    text = word("sms", Item(about=facts, link=LINK, number=42)).text
    assert len(text) <= 160
    assert set(text) <= GSM_7
    assert location[:10] in text
    assert "K7QF 2MPD" in text
    assert "Reply 42" in text


def test_when_the_request_is_erased_the_name_goes_and_the_history_stays(
    engine: Engine, parts: Parts, settings: Settings
) -> None:
    store(engine)
    write(parts, settings)
    for row in rows(engine, "SELECT id FROM message"):
        parts.delivery.send(row.id)
    assert "Ana" in str(rows(engine, "SELECT * FROM captured"))
    [lead] = rows(engine, "SELECT lead_id FROM alert")
    event = LeadsErased(clinic="envista", leads=[lead.lead_id], texts=[], at=NOW.isoformat())
    parts.inbox.take(Envelope(id=uuid4(), name=LEADS_ERASED, at=NOW, data=event.to_json()))
    for table in ("alert", "message", "captured", "audit"):
        assert "Ana" not in str(rows(engine, f"SELECT * FROM {table}")), table  # noqa: S608
    assert len(rows(engine, "SELECT * FROM message")) == 2
