"""Who is told, changed on the desk: whole or not at all, audited, told to the other managers."""

import re

from sqlalchemy import create_engine, text

from tests.desk.changing import MARIA, SHAFTER, an_edit, audited, change, in_order, mails, told
from tests.desk.conftest import Office, soup, words


def test_up_and_down_change_the_order_of_telling(office: Office) -> None:
    ana = office.manager()
    answer = change(ana, SHAFTER, "up", contact="omar")
    assert answer.location == f"{SHAFTER}?saved=1"
    assert in_order(ana.page(SHAFTER)) == ["Omar Reed", "Maria Ortega"]
    assert told(office) == ["omar", "maria"]
    change(ana, SHAFTER, "down", contact="omar")
    assert told(office) == ["maria", "omar"]
    assert change(ana, SHAFTER, "up", contact="maria").location == f"{SHAFTER}?saved=same"


def test_a_change_is_audited_on_both_sides_and_told_to_the_other_managers(office: Office) -> None:
    office.desk.add("kim@group.example", "owner")
    office.desk.add("lee@envista.example", "manager", "envista")
    office.desk.add("front@envista.example", "location_staff", "envista")
    office.desk.add("other@kosak.example", "manager", "kosak")
    ana = office.manager()
    change(ana, SHAFTER, "up", contact="omar")
    said = "At Shafter, Omar Reed is now told before Maria Ortega."
    assert audited(office) == [
        "alert settings: change asked for: up omar, Shafter",
        f"alert settings: change made: {said}",
    ]
    noted = office.notify.rows("SELECT detail FROM audit WHERE what = 'settings changed'")
    assert len(noted) == 1
    assert noted[0].detail["said"] == said
    assert noted[0].detail["by"] == "Ana"
    told_of_it = mails(office)
    # the contact, the owner of all clinics and the other manager; not who did it, nor the others
    assert [to for to, _ in told_of_it] == [
        "kim@group.example",
        "lee@envista.example",
        "omar@envista.example",
    ]
    assert said in told_of_it[0][1]
    assert f"http://desk.localhost:8000{SHAFTER}" in told_of_it[0][1]
    owner = office.desk.arrive("kim@group.example", "owner")
    assert "alert settings: change made: At Shafter, Omar Reed" in words(owner.page("/audit"))


def test_no_address_is_in_an_audit(office: Office) -> None:
    ana = office.manager()
    typed = an_edit(email="new@envista.example", phone="(559) 555-0188")
    assert change(ana, MARIA, "edit", **typed).status_code == 303
    everything = [*audited(office), *map(str, office.notify.rows("SELECT detail FROM audit"))]
    assert len(everything) > 2
    for line in everything:
        assert "@" not in line
        assert "5550188" not in re.sub(r"\D", "", line)


def test_a_location_gets_a_list_of_its_own_by_the_first_change(office: Office) -> None:
    ana = office.manager()
    bakersfield = "/settings/envista/bakersfield"
    change(ana, bakersfield, "join", contact="maria")
    assert told(office, "bakersfield") == ["omar", "maria"]
    assert told(office, "*") == ["omar"]
    office.notify.load()  # what is changed on the desk wins
    assert told(office, "bakersfield") == ["omar", "maria"]
    page = ana.page(bakersfield)
    assert "has no list of its own" not in words(page)
    assert "location bakersfield: tells nobody in the file, omar, maria on the desk" in words(page)


def test_the_last_contact_cannot_be_taken_off_or_removed(office: Office) -> None:
    ana = office.manager()
    assert change(ana, SHAFTER, "leave", contact="maria").status_code == 303
    answer = change(ana, SHAFTER, "leave", contact="omar")
    assert answer.status_code == 422
    assert "Omar Reed is the only one: add another contact first." in words(soup(answer))
    answer = change(ana, f"{SHAFTER}/omar", "remove")
    assert answer.status_code == 422
    said = "Omar Reed is the only one for every other location, Shafter: add another contact first."
    assert said in words(soup(answer))
    assert told(office) == ["omar"]


def test_a_removed_contact_is_told_nothing_more_and_stays_removed(office: Office) -> None:
    ana = office.manager()
    assert change(ana, MARIA, "remove").location == f"{SHAFTER}?saved=1"
    assert in_order(ana.page(SHAFTER)) == ["Omar Reed"]
    office.notify.load()
    assert in_order(ana.page(SHAFTER)) == ["Omar Reed"]
    assert ana.get(MARIA).status_code == 404


def test_days_off_with_a_cover(office: Office) -> None:
    ana = office.manager()
    days = {"first": "2030-12-02", "last": "2030-12-06", "cover": "rosa"}
    assert change(ana, MARIA, "off", **days).status_code == 303
    shown = words(ana.page(SHAFTER))
    assert "Off Monday, December 2 to Friday, December 6, Rosa Diaz covers" in shown
    would = words(ana.page(f"{SHAFTER}?at=2030-12-03T10:00").select_one(".answer"))
    assert "Rosa Diaz , told at once: text (559) 555-0103" in would
    assert "Maria Ortega is off through Friday, December 6, Rosa Diaz covers" in would
    answer = change(ana, f"{SHAFTER}/rosa", "remove")
    assert "Rosa Diaz covers for Maria Ortega: change that first." in words(soup(answer))
    change(ana, MARIA, "back", first="2030-12-02", last="2030-12-06")
    assert "Off Monday" not in words(ana.page(SHAFTER))


REFUSED = (
    ("edit", an_edit(phone="+1 876 555 0123"), "The phone number is abroad (JM), often at a"),
    ("edit", an_edit(phone="900-555-0123"), "The phone number is"),
    ("edit", an_edit(phone="800-555-0123"), "The phone number is toll-free, so nobody's phone"),
    ("edit", an_edit(phone="12"), "The phone number is no number that exists"),
    ("edit", an_edit(phone="call me"), "The phone number is no phone number: give one such"),
    ("edit", an_edit(email="maria"), "The email must be an address such as maria@clinic"),
    ("edit", an_edit(email="maria@x,eve@y.example"), "The email must be an address such as"),
    ("edit", an_edit(name=""), "Add a name"),
    ("edit", an_edit(name="x" * 81), "The name has 81 letters: 80 at most"),
    ("edit", an_edit(quiet_from_0="21:00", quiet_to_0=""), "Give both times"),
    ("edit", an_edit(quiet_from_0="21:00", quiet_to_0="21:00"), "A whole day is none"),
    ("edit", an_edit(quiet_from_0="25:00", quiet_to_0="26:00"), "Give both times"),
    ("off", {"first": "2030-12-06", "last": "2030-12-02"}, "is before the first"),
    ("off", {"first": "2020-12-01", "last": "2020-12-02"}, "has passed: choose a later one"),
    ("off", {"last": "Monday"}, "Choose a day"),
    ("off", {"last": "2030-12-02", "cover": "maria"}, "Nobody covers for themselves"),
    ("off", {"last": "2030-12-02", "cover": "nobody"}, "is not there any more"),
)


def test_what_cannot_be_is_refused_in_words_and_nothing_is_saved(office: Office) -> None:
    ana = office.manager()
    before = office.notify.rows("SELECT t::text FROM contact t ORDER BY id")
    for do, typed, said in REFUSED:
        answer = change(ana, MARIA, do, **typed)
        assert answer.status_code == 422, said
        page = soup(answer)
        assert said in words(page.select_one("[role=alert]"))
        assert page.select_one(".wrong") is not None, said
        for name, value in typed.items():
            kept = page.select_one(f'input[name="{name}"]:not([type=hidden])')
            assert kept is None or kept.get("value", "") == value
    assert office.notify.rows("SELECT t::text FROM contact t ORDER BY id") == before
    assert mails(office) == []


def test_languages_hours_and_name_are_changed_in_one_go(office: Office) -> None:
    ana = office.manager()
    typed = an_edit(name="Maria O.", quiet_from_0="22:00", quiet_to_0="06:00", quiet_from_1="12:00")
    assert change(ana, MARIA, "edit", speaks="es", **typed).status_code == 422  # half an hour span
    assert "Maria Ortega" in words(ana.page(MARIA))
    typed["quiet_to_1"] = "13:00"
    assert change(ana, MARIA, "edit", speaks="es", **typed).status_code == 303
    shown = words(ana.page(SHAFTER))
    assert "Maria O. Text (559) 555-0101" in shown
    assert "Speaks Spanish" in shown
    assert "No texts from 10:00 pm to 6:00 am No texts from 12:00 pm to 1:00 pm" in shown


def test_two_managers_at_once_the_second_is_told_and_nothing_is_lost(office: Office) -> None:
    ana, kim = office.manager(), office.manager("kim@envista.example")
    seen = str(kim.page(SHAFTER).select_one("[name=seen]")["value"])
    change(ana, SHAFTER, "up", contact="omar")
    answer = kim.post(SHAFTER, do="up", contact="omar", seen=seen)
    assert answer.status_code == 409
    assert "Somebody has changed the settings meanwhile. Nothing was saved" in words(soup(answer))
    assert told(office) == ["omar", "maria"]


def test_a_test_is_a_real_message_and_its_state_is_shown(office: Office) -> None:
    maria = office.manager("maria@envista.example")  # is a contact herself
    assert "Send me a test" in words(maria.page(MARIA))
    answer = change(maria, SHAFTER, "test", contact="maria")
    assert answer.location == f"{SHAFTER}?saved=test#maria"
    assert "email being sent" in words(maria.page(MARIA))
    office.notify.send_all()
    kept = office.notify.rows("SELECT channel, address, text FROM captured ORDER BY channel")
    assert [(row.channel, row.address) for row in kept] == [
        ("email", "maria@envista.example"),
        ("sms", "+15595550101"),
    ]
    assert all("test" in row.text.lower() for row in kept)
    assert "email accepted by the provider" in words(maria.page(MARIA))
    again = change(maria, SHAFTER, "test", contact="maria")
    assert again.status_code == 422
    assert "seconds ago: wait a minute" in words(soup(again))


def test_a_test_that_failed_says_why(office: Office) -> None:
    ana = office.manager()
    change(ana, SHAFTER, "test", contact="omar")
    with office.notify.parts.engine.begin() as connection:
        connection.execute(text("UPDATE message SET state = 'failed_permanent', attempt_no = 1"))
        connection.execute(
            text(
                "INSERT INTO audit (what, clinic, message_id, detail) SELECT 'message failed',"
                ' clinic, id, \'{"reason": "no such mailbox"}\' FROM message'
            )
        )
    assert "email failed: no such mailbox" in words(ana.page(SHAFTER))


def test_with_notify_gone_in_between_nothing_is_said_to_be_saved(office: Office) -> None:
    ana = office.manager()
    seen = str(ana.page(SHAFTER).select_one("[name=seen]")["value"])
    office.notify.parts.reader.current = None  # it knows no clinic: it answers 404
    answer = ana.post(SHAFTER, do="up", contact="omar", seen=seen)
    assert answer.status_code == 503
    assert "Nothing was changed" in words(soup(answer))
    assert told(office) == ["maria", "omar"]
    assert audited(office)[-1] == "alert settings: change not made: notify is away"


def test_a_change_whose_mails_cannot_be_queued_is_not_made(
    office: Office, notify_databases: tuple[str, str]
) -> None:
    """One transaction: the change, its audit and the mails, or nothing."""
    ana = office.manager()
    office.desk.add("lee@envista.example", "manager", "envista")
    owner = create_engine(notify_databases[0].replace("postgresql", "postgresql+psycopg", 1))
    with owner.begin() as connection:
        connection.execute(text("REVOKE INSERT ON message FROM notify_app"))
    try:
        answer = change(ana, SHAFTER, "up", contact="omar")
    finally:
        with owner.begin() as connection:
            connection.execute(text("GRANT INSERT ON message TO notify_app"))
        owner.dispose()
    assert answer.status_code == 503
    assert "it is not known whether this one was made" in words(soup(answer))
    assert told(office) == ["maria", "omar"]
    assert office.notify.rows("SELECT 1 FROM audit WHERE what = 'settings changed'") == []


def test_what_is_changed_on_the_desk_is_a_difference_to_the_file(office: Office) -> None:
    ana = office.manager()
    change(ana, SHAFTER, "up", contact="omar")
    change(ana, MARIA, "edit", **an_edit(name="Maria O."))
    said = words(ana.page(SHAFTER).select_one("[aria-labelledby=file]"))
    assert "location shafter: tells maria, omar in the file, omar, maria on the desk" in said
    assert "contact maria name: Maria Ortega in the file, Maria O. on the desk" in said
    assert "accept-file --clinic envista" in said


def test_an_unknown_button_is_refused(office: Office) -> None:
    ana = office.manager()
    for path, do in ((SHAFTER, ""), (SHAFTER, "drop"), (SHAFTER, "edit"), (MARIA, "new")):
        assert ana.post(path, do=do).status_code == 400
