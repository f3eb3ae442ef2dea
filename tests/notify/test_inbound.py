"""Texts that come in: who wants no more, who answers an alert, what goes to the desk."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from contract.events import PATIENT_REPLIED, Envelope
from notify import alerts, attempts, contacts, inbound, lookup, optout, suppression
from notify.alertbook import ClinicAlerts
from notify.delivery import Delivery
from notify.inbound import Desk
from notify.parts import Parts
from notify.providers import ProviderError
from notify.providers.reports import Inbound
from notify.settings import Settings
from notify.web import create_app
from plumbing.envelopes import open_part
from plumbing.sealing import KeyRing
from tests.notify.builders import (
    MARIA,
    OMAR,
    FakeProvider,
    a_directory,
    a_lead,
    an_alert,
    as_sent,
    rows,
    run,
    the_contacts,
    the_message,
)
from tests.notify.test_callbacks import ACCOUNT, post, settings_with
from tests.servers import a_key

pytestmark = pytest.mark.integration

INBOUND = "/alerts/twilio/inbound"
PATIENT = "+15595550177"
KEYS = KeyRing.read(a_key())


def a_text(text: str, *, number: str = MARIA.sms or "", ref: str = "SM1") -> Inbound:
    return Inbound(provider="fake", ref=ref, number=number, to="+15595550142", text=text)


def take(engine: Engine, text: Inbound) -> str | None:
    with engine.begin() as connection:
        return inbound.take(connection, text, Desk(keys=KEYS, directory=a_directory()))


def queued_text(engine: Engine) -> UUID:
    """The text of an alert to Maria, whom Omar stands behind."""
    an_alert(engine, MARIA, OMAR)
    found: UUID = rows(engine, "SELECT id FROM message WHERE channel = 'sms'")[0].id
    return found


def test_a_stop_keeps_back_what_was_queued_and_all_that_comes(engine: Engine) -> None:
    message_id = queued_text(engine)
    assert take(engine, a_text("STOP")) is None  # the carrier answers
    assert the_message(engine, message_id).state == "suppressed"
    an_alert(engine, MARIA, OMAR)
    provider = FakeProvider()
    delivery = Delivery(engine=engine, providers={"sms": [provider]})
    for row in rows(engine, "SELECT id FROM message WHERE channel = 'sms'"):
        delivery.send(row.id)
    assert provider.calls == []
    assert {r.state for r in rows(engine, "SELECT state FROM message WHERE channel='sms'")} == {
        "suppressed"
    }


@pytest.mark.parametrize(
    "words", ["STOP", "ALTO", "Pare por favor", "no more texts please", "no me escriban más"]
)
def test_a_stop_at_one_clinics_number_holds_for_all_of_the_group_at_once(
    engine: Engine, client: FlaskClient, words: str
) -> None:
    """Also of what another clinic has queued already, and of what it queues later."""
    elsewhere = ClinicAlerts(clinic="oakhill", contacts=(MARIA,), tell={"oak": (MARIA.key,)})
    contacts.store(engine, elsewhere)
    the_contacts(engine, MARIA)
    run(engine, "UPDATE sender SET sms_from = '+15595550142' WHERE clinic = 'envista'")

    def asked_at_the_other() -> None:
        with engine.begin() as connection:
            alerts.open_alert(connection, a_lead(clinic="oakhill", location="oak"), None)

    asked_at_the_other()
    assert send(client, words).status_code == 200
    asked_at_the_other()
    provider = FakeProvider()
    delivery = Delivery(engine=engine, providers={"sms": [provider]})
    theirs = rows(engine, "SELECT id, channel FROM message WHERE clinic = 'oakhill'")
    for row in theirs:
        delivery.send(row.id)
    assert provider.calls == []
    asked = [row.channel for row in theirs]
    assert (asked.count("sms"), asked.count("email")) == (1, 3)  # two alerts, and word of it


def test_a_stop_of_one_contact_is_told_to_the_others_and_to_her_by_mail(engine: Engine) -> None:
    queued_text(engine)
    take(engine, a_text("please stop texting me"))
    mails = rows(engine, "SELECT address, subject, text, state FROM message WHERE kind = 'staff'")
    told = {mail.address: mail for mail in mails}
    assert set(told) == {"omar@envista.example", "maria@envista.example"}
    other = told["omar@envista.example"]
    assert other.subject == "Maria gets no more texts · Envista Medical"
    assert "Alerts reach Maria by e-mail only from now on." in other.text
    assert "send START" in told["maria@envista.example"].text
    assert {mail.state for mail in mails} == {"queued"}
    said = rows(engine, "SELECT what FROM audit WHERE what = 'contact opted out'")
    assert len(said) == 1


def test_the_alert_of_a_contact_without_mail_goes_to_the_next_at_once(engine: Engine) -> None:
    alone = type(MARIA)(key="maria", name="Maria", email=None, sms=MARIA.sms)
    an_alert(engine, alone, OMAR)
    take(engine, a_text("ALTO"))
    waits = "SELECT due_at <= now() AS due FROM step WHERE kind = 'escalation'"
    assert rows(engine, waits) == [(True,)]
    told = rows(engine, "SELECT text FROM message WHERE kind = 'staff'")
    assert len(told) == 1
    assert "alerts pass Maria over and go to the next contact" in told[0].text


def test_the_operator_hears_of_a_stop_where_nobody_else_would(engine: Engine) -> None:
    alone = type(MARIA)(key="maria", name="Maria", email=None, sms=MARIA.sms)
    an_alert(engine, alone)
    desk = Desk(keys=KEYS, directory=a_directory(), operator="operator@group.example")
    with engine.begin() as connection:
        inbound.take(connection, a_text("STOP"), desk)
    told = rows(engine, "SELECT id, address, subject FROM message WHERE kind = 'staff'")
    assert [(mail.address, mail.subject) for mail in told] == [
        ("operator@group.example", "Maria gets no more texts · Envista Medical")
    ]
    provider = FakeProvider()
    Delivery(engine=engine, providers={"email": [provider]}).send(told[0].id)
    assert [call.to for call in provider.calls] == ["operator@group.example"]


def test_leads_hears_that_the_text_was_not_sent_and_why(engine: Engine) -> None:
    queued_text(engine)
    take(engine, a_text("STOP"))
    data = rows(engine, "SELECT data FROM outbox WHERE data->>'what' = 'failed'")[0].data
    assert "opted out of texts by answering STOP" in data["reason"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("STOP", None),
        ("please stop texting me", "You get no more texts from Envista Medical. Send START"),
        ("ALTO", "No recibira mas mensajes de Envista Medical."),
    ],
)
def test_a_stop_is_confirmed_once_where_the_carrier_does_not(
    engine: Engine, text: str, answer: str | None
) -> None:
    the_contacts(engine, MARIA)
    said = take(engine, a_text(text))
    assert (said or "").replace("á", "a").startswith(answer or "")
    assert (said is None) == (answer is None)
    assert said is None or len(said) <= 160


def test_after_start_texts_go_out_again(engine: Engine) -> None:
    the_contacts(engine, MARIA)
    take(engine, a_text("STOP"))
    take(engine, a_text("START", ref="SM2"))
    an_alert(engine, MARIA)
    provider = FakeProvider()
    delivery = Delivery(engine=engine, providers={"sms": [provider]})
    delivery.send(rows(engine, "SELECT id FROM message WHERE channel = 'sms'")[0].id)
    assert len(provider.calls) == 1


def test_yes_is_a_start_for_whoever_said_stop_and_an_answer_for_all_others(engine: Engine) -> None:
    queued_text(engine)
    assert "You have it" in (take(engine, a_text("yes")) or "")
    assert rows(engine, "SELECT state FROM alert") == [("taken",)]
    take(engine, a_text("STOP", ref="SM2"))
    take(engine, a_text("YES", ref="SM3"))
    assert rows(engine, "SELECT count(*) FROM suppression") == [(0,)]


def test_help_says_who_we_are_and_how_to_stop(engine: Engine) -> None:
    the_contacts(engine, MARIA)
    said = take(engine, a_text("HELP")) or ""
    assert said == (
        "Envista Medical: texts about requests. Call (559) 555-0110. Send STOP to get no more."
    )


def test_the_same_text_twice_is_taken_once_and_answered_the_same(engine: Engine) -> None:
    queued_text(engine)
    first = take(engine, a_text("yes"))
    before = [rows(engine, f"SELECT t::text FROM {t} t ORDER BY 1") for t in ("alert", "audit")]  # noqa: S608
    assert take(engine, a_text("yes")) == first
    after = [rows(engine, f"SELECT t::text FROM {t} t ORDER BY 1") for t in ("alert", "audit")]  # noqa: S608
    assert before == after


def test_a_patients_text_goes_sealed_to_leads_and_gets_no_answer(engine: Engine) -> None:
    assert take(engine, a_text("my back hurts, canary", number=PATIENT)) is None
    row = rows(engine, "SELECT id, name, at, data, sealed FROM outbox")[0]
    assert (row.name, row.data["what"]) == (PATIENT_REPLIED, "text")
    everywhere = " ".join(
        str(rows(engine, f"SELECT t::text FROM {t} t"))  # noqa: S608
        for t in ("outbox", "inbound", "audit", "suppression")
    )
    assert "canary" not in everywhere
    assert PATIENT not in everywhere
    envelope = Envelope(id=row.id, name=row.name, at=row.at, data=row.data, sealed=row.sealed)
    assert open_part(KEYS, envelope) == {"from": PATIENT, "text": "my back hurts, canary"}


def test_a_patients_stop_is_kept_and_told_to_leads_but_alarms_nobody(engine: Engine) -> None:
    the_contacts(engine, MARIA)
    take(engine, a_text("STOP", number=PATIENT))
    assert rows(engine, "SELECT data->>'what' FROM outbox") == [("stop",)]
    assert rows(engine, "SELECT count(*) FROM message") == [(0,)]
    assert rows(engine, "SELECT count(*) FROM suppression") == [(1,)]


def test_the_clinic_is_the_one_whose_number_was_written_to(engine: Engine) -> None:
    run(engine, "INSERT INTO sender VALUES ('envista', '', '', '+15595550142')")
    take(engine, a_text("hello", number=PATIENT))
    assert rows(engine, "SELECT data->>'clinic' FROM outbox") == [("envista",)]


def test_a_number_that_a_provider_calls_opted_out_is_on_the_list(engine: Engine) -> None:
    message_id, provider = queued_text(engine), FakeProvider()
    provider.answers = [ProviderError("opted out (21610)", permanent=True, opted_out=True)]
    Delivery(engine=engine, providers={"sms": [provider]}).send(message_id)
    assert rows(engine, "SELECT source FROM suppression") == [("provider",)]
    assert len(rows(engine, "SELECT 1 FROM message WHERE kind = 'staff'")) == 2


def test_no_text_is_claimed_after_a_stop_was_committed(engine: Engine) -> None:
    """100 races of a claim against a STOP: whichever is second sees the first."""
    the_contacts(engine, MARIA)
    late = 0
    for number in range(100):
        run(engine, "DELETE FROM suppression")
        an_alert(engine, MARIA)
        newest = "SELECT id FROM message WHERE channel = 'sms' ORDER BY created_at DESC LIMIT 1"
        late += _race(engine, rows(engine, newest)[0].id, number)
    assert late == 0


def test_who_looked_before_a_stop_claims_nothing_after_it(engine: Engine) -> None:
    message_id = queued_text(engine)
    with engine.connect() as connection:
        seen = lookup.look(connection, message_id)
    assert seen is not None
    with engine.begin() as stopping, engine.begin() as claiming:
        suppression.stop(stopping, MARIA.sms or "", source="text")
        # the STOP is not committed yet: left to the sweep
        assert not as_sent(claiming, seen)
        assert not attempts.claim(claiming, seen, provider="fake", lease_s=10)
    with engine.begin() as connection:
        assert not as_sent(connection, seen)
        assert not attempts.claim(connection, seen, provider="fake", lease_s=10)


def _race(engine: Engine, message_id: UUID, number: int) -> bool:
    """Was the text claimed in a transaction that ended after that of the STOP?"""
    both = Barrier(2)
    order: list[str] = []
    with engine.connect() as connection:
        seen = lookup.look(connection, message_id)
    assert seen is not None

    def claim() -> bool:
        both.wait(10)
        with engine.begin() as connection:
            claimed = as_sent(connection, seen)
            if claimed:
                order.append("claim")
        return claimed

    def stop() -> None:
        both.wait(10)
        with engine.begin() as connection:
            optout.stop(connection, MARIA.sms or "", source="text")
            order.append("stop")

    with ThreadPoolExecutor(2) as pool:
        claimed, stopped = pool.submit(claim), pool.submit(stop)
        stopped.result(20)
        return claimed.result(20) and order.index("claim") > order.index("stop")


@pytest.fixture
def client(tmp_path: Path, database_url: str, building: Callable[[Settings], Parts]) -> FlaskClient:
    settings = settings_with(tmp_path, database_url)
    parts = building(settings)
    parts.reader.current = a_directory()
    return create_app(settings, parts).test_client()


def send(client: FlaskClient, text: str, **changes: str) -> TestResponse:
    fields = {
        "AccountSid": ACCOUNT,
        "MessageSid": "SM1",
        "From": MARIA.sms or "",
        "To": "+15595550142",
        "Body": text,
        "NumMedia": "0",
    } | changes
    return post(client, fields, path=INBOUND)


def test_twilio_gets_the_answer_in_its_own_language(client: FlaskClient, engine: Engine) -> None:
    queued_text(engine)
    answer = send(client, "yes")
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert re.search(r"<Response><Message>You have it: .*</Message></Response>$", answer.text)
    quiet = send(client, "my back hurts", From=PATIENT, MessageSid="SM2")
    assert quiet.text.endswith("<Response></Response>")


def test_what_twilio_has_answered_is_not_answered_again(
    client: FlaskClient, engine: Engine
) -> None:
    the_contacts(engine, MARIA)
    assert send(client, "please stop texting me", OptOutType="STOP").text.endswith(
        "<Response></Response>"
    )
    assert rows(engine, "SELECT what FROM inbound") == [("stop",)]
    assert rows(engine, "SELECT count(*) FROM suppression") == [(1,)]


@pytest.mark.parametrize("changes", [{"From": "nobody"}, {"MessageSid": ""}, {"To": "'; --"}])
def test_a_signed_text_that_makes_no_sense_changes_nothing(
    client: FlaskClient, engine: Engine, changes: dict[str, str]
) -> None:
    assert send(client, "STOP", **changes).status_code == 403
    assert rows(engine, "SELECT count(*) FROM inbound") == [(0,)]


def test_a_forged_stop_silences_nobody(client: FlaskClient, engine: Engine) -> None:
    the_contacts(engine, MARIA)
    fields = {"AccountSid": ACCOUNT, "MessageSid": "SM1", "From": MARIA.sms or "", "Body": "STOP"}
    assert post(client, fields, path=INBOUND, signature="guess").status_code == 403
    assert rows(engine, "SELECT count(*) FROM suppression") == [(0,)]


def test_any_bytes_can_be_texted(client: FlaskClient, engine: Engine) -> None:
    for number, text in enumerate(
        ("👍🏽", "\x00", "a" * 1600, "<Response/>&", "\u202esdrawkcab", "")
    ):
        said = send(client, text, From=PATIENT, MessageSid=f"SM{number}")
        assert said.status_code == 200
    assert rows(engine, "SELECT count(*) FROM outbox") == [(6,)]
