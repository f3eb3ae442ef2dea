"""Each clinic's messages go out as that clinic's."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from notify import contacts
from notify.alertbook import AlertBook, ClinicAlerts, Sender
from notify.alertfile import load_book
from notify.delivery import Delivery
from notify.providers import Provider
from notify.providers.smtp import Smtp
from notify.providers.twilio import Twilio
from tests.notify.builders import MARIA, an_alert, rows
from tests.providers.smtp_sink import Sink
from tests.providers.twilio_server import Ledger

FILE = """
[contacts.maria]
name = "Maria"
email = "maria@envista.example"

[locations."*"]
tell = ["maria"]
"""
ENVISTA = Sender(name="Envista Médical", reply_to="front@envista.example", sms_from="+15595550140")


def load(folder: Path, text: str) -> AlertBook:
    (folder / "envista.toml").write_text(FILE + text)
    return load_book(folder)


def send_all(engine: Engine, provider: Provider) -> None:
    delivery = Delivery(engine=engine, providers={"email": [provider], "sms": [provider]})
    channel = "email" if isinstance(provider, Smtp) else "sms"
    for row in rows(engine, f"SELECT id FROM message WHERE channel = '{channel}'"):  # noqa: S608
        delivery.send(row.id)


def an_alert_of(engine: Engine, sender: Sender) -> None:
    an_alert(engine, MARIA)
    alerts = ClinicAlerts(
        clinic="envista", contacts=(MARIA,), tell={"*": ("maria",)}, sender=sender
    )
    contacts.store(engine, alerts)


def test_a_mail_shows_the_clinic_and_answers_go_to_it(
    engine: Engine, smtp: Smtp, sink: Sink
) -> None:
    an_alert_of(engine, ENVISTA)
    send_all(engine, smtp)
    mail = sink.mails()[0]
    assert mail["From"] == "Envista Médical <alerts@clinics.example>"
    assert mail["Reply-To"] == "front@envista.example"


def test_a_text_comes_from_the_clinics_own_number(
    engine: Engine, twilio: Twilio, ledger: Ledger
) -> None:
    an_alert_of(engine, ENVISTA)
    send_all(engine, twilio)
    assert ledger.texts[0]["from"] == "+15595550140"


def test_without_one_it_goes_out_as_the_providers_account_does(
    engine: Engine, smtp: Smtp, sink: Sink, twilio: Twilio, ledger: Ledger
) -> None:
    an_alert_of(engine, ENVISTA)
    an_alert_of(engine, Sender())
    send_all(engine, smtp)
    send_all(engine, twilio)
    assert sink.mails()[0]["From"] == "alerts@clinics.example"
    assert "Reply-To" not in sink.mails()[0]
    assert ledger.texts[0]["from"] == "+15595550142"


def test_the_alerts_file_says_it(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        '[sender]\nname = "Envista Médical"\nreply_to = "front@envista.example"\n'
        'sms_from = "+15595550140"\n',
    )
    assert book.problems == ()
    assert book.clinics[0].sender == ENVISTA
    assert load(tmp_path, "").clinics[0].sender == Sender()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[sender]\nname = "Envista\\r\\nBcc: eve@evil.example"', "[sender] name: must be"),
        ('[sender]\nname = ""', "[sender] name: must be"),
        ('[sender]\nreply_to = "front desk"', "[sender] reply_to: must be"),
        ('[sender]\nsms_from = "+1559555014"', "[sender] sms_from: must be"),
        ("[sender]\nsms_from = 5595550140", "[sender] sms_from: must be"),
        ('[sender]\nfrom = "x"', "[sender]: unknown name 'from'"),
        ("[[sender]]", "sender: must be a table"),
        ('[contacts.omar]\nname = "Omar"\nemail = "omär@envista.example"', "email: must be"),
    ],
)
def test_a_mistake_in_it_is_said(tmp_path: Path, text: str, words: str) -> None:
    book = load(tmp_path, text)
    assert book.clinics == ()
    assert any(words in problem for problem in book.problems), book.problems
