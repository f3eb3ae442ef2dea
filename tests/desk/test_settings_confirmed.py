"""A new number or address of a contact counts only after its owner has confirmed it."""

import re
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from notify import alerts
from notify.alertfile import load_clinic
from notify.contacts import store
from tests.desk.changing import MARIA, SHAFTER, an_edit, change, in_order, mails
from tests.desk.conftest import Colleague, Office, soup, words
from tests.notify.builders import a_lead

LINK = re.compile(r"http://desk\.localhost:8000(/alerts/c/[A-Za-z0-9]{16})\b")
DESK = {"Host": "desk.localhost:8000"}


def the_link(office: Office, to: str = "") -> str:
    """The path of the newest confirmation link."""
    rows = office.notify.rows(
        "SELECT address, text FROM message WHERE dedup_key LIKE 'confirm:%'"
        " ORDER BY created_at DESC, id"
    )
    found = LINK.search(next(row.text for row in rows if row.address == to or not to))
    assert found
    return found[1]


def get(office: Office, path: str, **headers: str) -> httpx.Response:
    return httpx.get(office.notify.url + path, headers=DESK | headers)


def post(office: Office, path: str, **headers: str) -> httpx.Response:
    return httpx.post(office.notify.url + path, headers=DESK | headers)


@pytest.fixture
def asked(office: Office) -> Callable[..., Colleague]:
    """Ana has asked for a new number of Maria."""

    def ask(phone: str = "559 555 0188") -> Colleague:
        ana = office.manager()
        assert change(ana, MARIA, "edit", **an_edit(phone=phone)).status_code == 303
        return ana

    return ask


def number(office: Office) -> str:
    return str(office.notify.rows("SELECT sms FROM contact WHERE key = 'maria'")[0].sms)


def test_a_new_number_counts_only_after_its_owner_confirmed_it(
    office: Office, asked: Callable[..., Colleague]
) -> None:
    ana = asked()
    assert number(office) == "+15595550101"
    shown = words(ana.page(SHAFTER))
    assert "Text (559) 555-0101" in shown
    assert "(559) 555-0188 waits for confirmation since" in shown
    rows = office.notify.rows("SELECT address FROM message WHERE dedup_key LIKE 'confirm:%'")
    assert rows == [("+15595550188",)]  # the link goes to the new number alone
    link = the_link(office)
    page = get(office, link)
    assert page.status_code == 200
    assert "Get alerts here, Maria Ortega?" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert number(office) == "+15595550101"  # a scanner follows the link: nothing is confirmed
    done = post(office, link)
    assert done.status_code == 303
    assert "Alerts come to this phone from now on" in get(office, link).text
    assert number(office) == "+15595550188"
    assert "waits for confirmation" not in words(ana.page(SHAFTER))
    office.notify.load()  # the file does not bring the old one back
    assert number(office) == "+15595550188"


def test_the_managers_hear_that_it_was_asked_for_and_that_it_counts(
    office: Office, asked: Callable[..., Colleague]
) -> None:
    office.desk.add("lee@envista.example", "manager", "envista")
    asked()
    # the owner of the old address hears of it, too
    assert {to for to, _ in mails(office)} == {"lee@envista.example", "maria@envista.example"}
    assert "A new number of Maria Ortega waits for confirmation." in mails(office)[0][1]
    post(office, the_link(office))
    said = [words for to, words in mails(office) if to == "lee@envista.example"]
    assert len(said) == 2
    assert any("The new number of Maria Ortega is confirmed" in one for one in said)
    noted = office.notify.rows("SELECT detail FROM audit WHERE what = 'new address confirmed'")
    assert noted[0].detail["contact"] == "maria"


def test_a_used_link_changes_nothing(office: Office, asked: Callable[..., Colleague]) -> None:
    asked()
    link = the_link(office)
    post(office, link)
    with office.notify.parts.engine.begin() as connection:  # another number since
        connection.execute(text("UPDATE contact SET sms = '+15595550177' WHERE key = 'maria'"))
    assert post(office, link).status_code == 410
    assert get(office, link).status_code == 410
    assert number(office) == "+15595550177"


def test_a_newer_link_a_withdrawal_and_three_days_end_a_link(
    office: Office, asked: Callable[..., Colleague]
) -> None:
    ana = asked()
    first = the_link(office)
    assert change(ana, MARIA, "again", channel="sms").status_code == 303
    second = the_link(office)
    assert first != second
    assert post(office, first).status_code == 410
    change(ana, MARIA, "withdraw", channel="sms")
    assert post(office, second).status_code == 410
    change(ana, MARIA, "edit", **an_edit(phone="559 555 0188"))
    third = the_link(office)
    with office.notify.parts.engine.begin() as connection:
        connection.execute(
            text("UPDATE new_address SET expires_at = now() WHERE state = 'waiting'")
        )
    assert post(office, third).status_code == 410
    assert number(office) == "+15595550101"
    assert "was not confirmed" in words(ana.page(MARIA))
    assert post(office, "/alerts/c/" + "x" * 16).status_code == 404


def test_a_form_from_elsewhere_confirms_nothing(
    office: Office, asked: Callable[..., Colleague]
) -> None:
    asked()
    link = the_link(office)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert post(office, link, **headers).status_code == 403
    assert httpx.get(office.notify.url + link).status_code == 404  # not on the desk's host
    assert number(office) == "+15595550101"


def test_a_removed_contact_and_an_accepted_file_end_a_link(
    office: Office, asked: Callable[..., Colleague]
) -> None:
    ana = asked()
    link = the_link(office)
    file = load_clinic(office.notify.settings.alerts_dir, "envista").of("envista")
    assert file
    store(office.notify.parts.engine, file, over_desk=True)
    assert post(office, link).status_code == 410
    change(ana, MARIA, "edit", **an_edit(phone="559 555 0189"))
    link = the_link(office)
    change(ana, MARIA, "remove")
    assert post(office, link).status_code == 410


def test_a_stranger_s_phone_is_not_flooded(office: Office, asked: Callable[..., Colleague]) -> None:
    ana = asked()
    for _ in range(2):
        assert change(ana, MARIA, "again", channel="sms").status_code == 303
    answer = change(ana, MARIA, "again", channel="sms")
    assert answer.status_code == 422
    assert "3 links went there in 24 hours: no more can be sent today." in words(soup(answer))


def test_a_number_that_has_answered_stop_is_refused(office: Office) -> None:
    with office.notify.parts.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO suppression VALUES ('sms',"
                " sha256(convert_to('sms:+15595550188', 'UTF8')), 'text')"
            )
        )
    answer = change(office.manager(), MARIA, "edit", **an_edit(phone="5595550188"))
    assert answer.status_code == 422
    assert "This number has answered STOP: START has to be texted" in words(soup(answer))


def test_a_new_contact_is_told_after_confirming_and_not_before(office: Office) -> None:
    ana = office.manager()
    answer = change(
        ana, SHAFTER, "new", name="Zoë <b>Lind</b>", phone="(559) 555-0166", email="", speaks="es"
    )
    assert answer.status_code == 303
    page = ana.page(SHAFTER)
    assert in_order(page) == ["Maria Ortega", "Omar Reed", "Zoë <b>Lind</b>"]
    assert "Gets nothing yet: no address is confirmed" in words(page)
    assert "<b>Lind" not in ana.get(SHAFTER).text
    text_sent = office.notify.rows("SELECT text FROM message WHERE dedup_key LIKE 'confirm:%'")
    assert "Envista" in text_sent[0].text
    would = words(ana.page(f"{SHAFTER}?at=2030-12-03T10:00").select_one(".answer"))
    assert "Lind" not in would
    post(office, the_link(office))
    would = words(ana.page(f"{SHAFTER}?at=2030-12-03T10:00").select_one(".answer"))
    assert "Lind" in would


def test_the_only_confirmed_way_cannot_be_taken_away(office: Office) -> None:
    ana = office.manager()
    assert change(ana, MARIA, "edit", **an_edit(phone="")).status_code == 303
    assert number(office) == "None"
    answer = change(ana, MARIA, "edit", **an_edit(phone="", email=""))
    assert answer.status_code == 422
    assert "This is the only way to tell this contact" in words(soup(answer))


def test_alerts_that_found_nobody_are_told_as_soon_as_there_is_a_contact(office: Office) -> None:
    kim = office.desk.arrive("kim@kosak.example", "manager", "kosak")
    lead = a_lead(clinic="kosak", location="shafter")
    with office.notify.parts.engine.begin() as connection:
        alerts.open_alert(connection, lead, office.notify.parts.reader.current)
    assert office.notify.rows("SELECT state FROM alert") == [("failed",)]
    answer = change(
        kim, "/settings/kosak/shafter", "new", name="Joe", email="joe@kosak.example", phone=""
    )
    assert answer.status_code == 303
    assert office.notify.rows("SELECT 1 FROM message WHERE kind = 'alert'") == []
    post(office, the_link(office))
    sent = office.notify.rows("SELECT address FROM message WHERE kind = 'alert'")
    assert sent == [("joe@kosak.example",)]
