"""Coming in: the link, the password with its second factor, and all that is refused."""

import logging
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, update

from leads import tables
from leads.staff import commands, passwords
from tests.desk.conftest import (
    PASSWORD,
    Colleague,
    DeskUnderTest,
    a_colleague,
    code_now,
    soup,
)


@pytest.fixture
def ana(strict: DeskUnderTest) -> "tuple[Colleague, str, list[str]]":
    """Somebody who has set up, signed in: browser, TOTP secret, recovery codes."""
    colleague = a_colleague(strict)
    path = strict.add("ana@envista.example", "manager", "envista")
    secret = soup(colleague.get(path)).find("code").text.replace(" ", "")
    answer = colleague.post(
        path, password=PASSWORD, password_again=PASSWORD, code=code_now(secret, steps=-1)
    )
    assert answer.status_code == 200, answer.text
    return colleague, secret, [code.text for code in soup(answer).select(".codes code")]


def sign_in(desk: DeskUnderTest, code: str, *, password: str = PASSWORD, **fields: str):
    colleague = a_colleague(desk)
    email = fields.pop("email", "ana@envista.example")
    answer = colleague.post("/sign-in", email=email, password=password, code=code, **fields)
    return colleague, answer


def test_in_demo_the_link_opens_the_desk_at_once_and_only_once(desk: DeskUnderTest) -> None:
    path = desk.add("ana@envista.example", "manager", "envista")
    assert path.startswith("/welcome/")
    first, second = a_colleague(desk), a_colleague(desk)
    assert first.get(path).location == "/"
    assert "Ana" in first.get("/").text
    assert second.get(path).status_code == 410
    assert second.get("/").status_code == 303


def test_looking_ahead_with_head_does_not_use_a_link_up(desk: DeskUnderTest) -> None:
    path = desk.add("ana@envista.example", "manager", "envista")
    desk.app.test_client().head(path, base_url="http://desk.localhost")
    assert a_colleague(desk).get(path).location == "/"


def test_an_expired_or_replaced_link_is_refused(desk: DeskUnderTest) -> None:
    old = desk.add("ana@envista.example", "manager", "envista")
    new = desk.add("ana@envista.example", "manager", "envista")
    assert a_colleague(desk).get(old).status_code == 410
    with desk.engine.begin() as connection:
        connection.execute(
            update(tables.sign_in_link).values(expires_at=func.now() - timedelta(seconds=1))
        )
    assert a_colleague(desk).get(new).status_code == 410
    assert a_colleague(desk).get("/welcome/made-up").status_code == 410


def test_setting_up_opens_the_desk_and_shows_ten_recovery_codes_once(
    strict: DeskUnderTest, ana: tuple
) -> None:
    colleague, _, codes = ana
    assert len(set(codes)) == 10
    assert colleague.get("/").status_code == 200
    with strict.engine.connect() as connection:
        stored = repr(connection.execute(tables.staff.select()).one())
    assert codes[0] not in stored
    assert PASSWORD not in stored


def test_on_the_phone_itself_the_app_is_one_tap_away(strict: DeskUnderTest) -> None:
    """Nobody scans the screen of the phone in the hand."""
    page = a_colleague(strict).page(strict.add("ana@envista.example", "manager", "envista"))
    address = page.find("a", string="Open it in the app")["href"]
    assert pyotp.parse_uri(address).secret == page.find("code").text.replace(" ", "")


def test_a_password_that_is_easy_to_guess_or_mistyped_sets_nothing_up(
    strict: DeskUnderTest,
) -> None:
    colleague = a_colleague(strict)
    path = strict.add("ana@envista.example", "manager", "envista")
    secret = soup(colleague.get(path)).find("code").text.replace(" ", "")
    for password, again, code in (
        ("Password123!", "Password123!", code_now(secret)),
        ("short", "short", code_now(secret)),
        (PASSWORD, PASSWORD + "x", code_now(secret)),
        (PASSWORD, PASSWORD, "000000"),
        ("Envista2026", "Envista2026", code_now(secret)),
    ):
        answer = colleague.post(path, password=password, password_again=again, code=code)
        assert answer.status_code == 422, password
        assert PASSWORD not in answer.text
    answer = colleague.post(path, password=PASSWORD, password_again=PASSWORD, code=code_now(secret))
    assert answer.status_code == 200


def test_long_and_foreign_passwords_are_taken() -> None:
    for password in (
        "ñandú über alles 漢字",
        "any sign, any length; " * 10,
        "correct horse battery staple",
    ):
        assert passwords.problem(password, email="a@b.example", name="A") is None


def test_password_and_code_let_in_and_lead_back_to_where_one_came_for(
    strict: DeskUnderTest, ana: tuple
) -> None:
    _, secret, _ = ana
    stranger = a_colleague(strict)
    lead = "/leads/3b241101-e2bb-4255-8caf-4136c566a962"
    assert stranger.get(lead).location == f"/sign-in?next={lead.replace('/', '%2F')}"
    _, answer = sign_in(strict, code_now(secret), next=lead)
    assert answer.location == lead
    assert a_colleague(strict).get("/").location == "/sign-in"


def test_nobody_is_led_to_another_site_after_signing_in(strict: DeskUnderTest, ana: tuple) -> None:
    _, secret, _ = ana
    _, answer = sign_in(strict, code_now(secret), next="//evil.example/leads/x")
    assert answer.location == "/"


def test_whatever_is_wrong_the_answer_is_the_same(strict: DeskUnderTest, ana: tuple) -> None:
    _, secret, _ = ana
    strict.add("new@envista.example", "manager", "envista")
    answers = [
        sign_in(strict, "000000")[1],
        sign_in(strict, code_now(secret), password="wrong wrong")[1],
        sign_in(strict, code_now(secret), email="ana@envista.example ", password="")[1],
        sign_in(strict, code_now(secret), email="nobody@envista.example")[1],
        sign_in(strict, code_now(secret), email="new@envista.example")[1],
    ]
    assert {answer.status_code for answer in answers} == {422}
    pages = {soup(answer).find(role="alert").text for answer in answers}
    assert len(pages) == 1


def test_whatever_is_wrong_the_work_is_the_same(strict: DeskUnderTest, ana: tuple) -> None:
    """Whoever has the right password would otherwise know it by the time of a refusal."""
    work = []
    for fields in ({}, {"password": "wrong wrong"}, {"email": "nobody@envista.example"}):
        with strict.statements() as seen:
            sign_in(strict, "000000", **fields)
        work.append(seen)
    assert work[0] == work[1] == work[2]
    assert any("recovery_hashes" in statement for statement in work[0])


def test_a_code_works_once(strict: DeskUnderTest, ana: tuple) -> None:
    _, secret, _ = ana
    assert sign_in(strict, code_now(secret, steps=-1))[1].status_code == 422  # used to set up
    code = code_now(secret)
    assert sign_in(strict, code)[1].status_code == 303
    assert sign_in(strict, code)[1].status_code == 422


def test_a_recovery_code_takes_the_place_of_the_phone_once(
    strict: DeskUnderTest, ana: tuple
) -> None:
    _, _, codes = ana
    assert sign_in(strict, codes[0].lower())[1].status_code == 303
    assert sign_in(strict, codes[0])[1].status_code == 422
    assert sign_in(strict, codes[1])[1].status_code == 303


def test_who_guesses_waits_and_the_owner_elsewhere_still_gets_in(
    strict: DeskUnderTest, ana: tuple
) -> None:
    _, secret, _ = ana
    for email in ("ana@envista.example", "nobody@envista.example"):
        answers = [sign_in(strict, "000000", email=email)[1] for _ in range(8)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 3
    assert sign_in(strict, code_now(secret))[1].status_code == 429
    owner = a_colleague(strict)
    owner.headers["X-Real-IP"] = "192.0.2.7"
    answer = owner.post(
        "/sign-in", email="ana@envista.example", password=PASSWORD, code=code_now(secret)
    )
    assert answer.status_code == 303


def test_the_cookie_is_kept_from_scripts_other_sites_and_other_hosts(
    strict: DeskUnderTest, desk: DeskUnderTest, ana: tuple
) -> None:
    _, answer = sign_in(strict, code_now(ana[1]))
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-desk=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie
    demo = a_colleague(desk).get(desk.add("ben@envista.example", "manager", "envista"))
    assert demo.headers["Set-Cookie"].startswith("desk=")
    assert "Secure" not in demo.headers["Set-Cookie"]


def test_a_session_ends_by_idling_by_age_by_signing_out_and_by_being_disabled(
    desk: DeskUnderTest,
) -> None:
    session = tables.staff_session

    def ages(**values: object) -> int:
        ana = desk.arrive("ana@envista.example", "manager", "envista")
        assert ana.get("/").status_code == 200
        with desk.engine.begin() as connection:
            connection.execute(update(session).values(**values))
        return ana.get("/").status_code

    assert ages(last_seen_at=func.now() - timedelta(minutes=31)) == 303
    assert ages(expires_at=func.now()) == 303
    assert ages(last_seen_at=func.now() - timedelta(minutes=29)) == 200

    ana = desk.arrive("ana@envista.example", "manager", "envista")
    cookie = ana.client.get_cookie("desk", domain="desk.localhost").value
    assert ana.post("/sign-out").location == "/sign-in"
    ana.client.set_cookie("desk", cookie, domain="desk.localhost")
    assert ana.get("/").status_code == 303

    ana = desk.arrive("ana@envista.example", "manager", "envista")
    desk.link("disable", "--email", "ana@envista.example")
    assert ana.get("/").status_code == 303
    with pytest.raises(commands.Refused, match="disabled"):
        desk.link("link", "--email", "ana@envista.example")


def test_a_form_from_elsewhere_or_without_its_key_is_refused(desk: DeskUnderTest) -> None:
    ana = desk.arrive("ana@envista.example", "manager", "envista")
    lead_id = desk.request()
    key = ana.form_key()
    for headers, form_key in (
        ({"Origin": "http://evil.example"}, key),
        ({"Origin": "null"}, key),
        ({"Origin": "http://kosak.localhost"}, key),
        ({"Sec-Fetch-Site": "cross-site"}, key),
        ({"Sec-Fetch-Site": "same-site"}, key),
        ({}, ""),
        ({}, "0" * len(key)),
    ):
        ana.headers = headers
        answer = ana.post(f"/leads/{lead_id}/moves", move="take", form_key=form_key)
        assert answer.status_code == 403, headers
    assert desk.row(lead_id)["state"] == "new"
    ana.headers = {"Origin": "http://desk.localhost:8000", "Sec-Fetch-Site": "same-origin"}
    assert ana.post(f"/leads/{lead_id}/moves", move="take", form_key=key).status_code == 303


def test_a_sign_in_form_from_elsewhere_is_refused(strict: DeskUnderTest, ana: tuple) -> None:
    colleague = a_colleague(strict)
    colleague.headers["Origin"] = "https://evil.example"
    answer = colleague.post(
        "/sign-in", email="ana@envista.example", password=PASSWORD, code=code_now(ana[1])
    )
    assert answer.status_code == 403


def test_a_link_is_no_way_around_the_second_factor(strict: DeskUnderTest, ana: tuple) -> None:
    with pytest.raises(commands.Refused, match="reset"):
        strict.link("link", "--email", "ana@envista.example")
    assert "/welcome/" not in strict.add("ana@envista.example", "manager", "envista")


def test_reset_ends_all_sessions_and_starts_over(strict: DeskUnderTest, ana: tuple) -> None:
    colleague, secret, codes = ana
    link = strict.link("reset", "--email", "ana@envista.example")
    assert colleague.get("/").status_code == 303
    assert sign_in(strict, code_now(secret))[1].status_code == 422
    assert sign_in(strict, codes[0])[1].status_code == 422
    page = a_colleague(strict).get(link.removeprefix("https://desk.example"))
    assert soup(page).find("code").text.replace(" ", "") != secret


def test_a_changed_role_ends_the_sessions_of_the_old_one(desk: DeskUnderTest) -> None:
    ana = desk.arrive("ana@envista.example", "manager", "envista")
    desk.add("ana@envista.example", "operator")
    assert ana.get("/").status_code == 303


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--email", "ana", "--role", "manager", "--clinic", "envista"), "no email address"),
        (("--email", "a@b.example", "--role", "manager"), "at least one --clinic"),
        (("--email", "a@b.example", "--role", "manager", "--clinic", "x"), "there are: envista"),
        (("--email", "a@b.example", "--role", "operator", "--clinic", "envista"), "operator sees"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_in_words(
    desk: DeskUnderTest, arguments: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(commands.Refused, match=reason):
        desk.link("add", *arguments)


def test_no_address_password_or_code_gets_into_the_log_or_the_audit(
    strict: DeskUnderTest, ana: tuple, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sign_in(strict, "000000", email="canary@envista.example", password="canary words")
    assert "canary" not in caplog.text
    with strict.engine.connect() as connection:
        assert "canary" not in repr(connection.execute(tables.staff_event.select()).all())
    assert ("sign-in refused", None, None) in strict.audit()
