"""A remembered phone, the next person at a shared desk, and passkeys."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser
from sqlalchemy import func, update

from leads import tables
from tests.chromium import needs_chromium
from tests.desk.conftest import Build, Colleague, DeskUnderTest, soup, words
from tests.desk.test_browser import Open, browsing


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


@pytest.fixture
def lead_id(desk: DeskUnderTest) -> UUID:
    return desk.request(name="Ana Ruiz")


@pytest.fixture
def phone(desk: DeskUnderTest, ana: Colleague) -> Colleague:
    """Ana's phone, remembered, a day later."""
    ana.post("/account", do="remember")
    with desk.engine.begin() as connection:
        session = tables.staff_session
        connection.execute(update(session).values(expires_at=func.now() - timedelta(seconds=1)))
    return ana


def test_a_remembered_phone_opens_the_lead_of_an_alert_with_one_press(
    desk: DeskUnderTest, phone: Colleague, lead_id: UUID
) -> None:
    asks = phone.get(f"/leads/{lead_id}")
    assert "Hello Ana Lopez" in asks.text
    assert "Ana Ruiz" not in asks.text
    phone.client.post(f"/leads/{lead_id}/confirm", base_url=phone.base)
    page = phone.page(f"/leads/{lead_id}")
    assert "Ana Ruiz" in words(page)
    key = page.find("input", attrs={"name": "form_key"})["value"]
    moved = phone.post(f"/leads/{lead_id}/moves", move="reached", form_key=key)
    assert moved.location == f"/leads/{lead_id}"
    assert desk.row(lead_id)["outcome"] == "reached"


def test_it_opens_nothing_else(desk: DeskUnderTest, phone: Colleague, lead_id: UUID) -> None:
    other = desk.request(name="Somebody Else", message="other")
    foreign = desk.request(host="kosak.example", message="foreign")
    phone.client.post(f"/leads/{lead_id}/confirm", base_url=phone.base)
    for path in ("/", "/search", "/report", "/account", "/held", "/live"):
        assert phone.get(path).location.startswith("/sign-in")
    assert "Sign in to the desk" in phone.get("/", follow_redirects=True).text
    assert "Hello Ana Lopez" in phone.get(f"/leads/{other}").text
    phone.client.post(f"/leads/{foreign}/confirm", base_url=phone.base)
    assert phone.get(f"/leads/{foreign}").status_code == 404


@pytest.mark.parametrize("how", ["forgotten", "too old", "disabled", "reset", "never"])
def test_a_phone_that_is_no_longer_remembered_asks_for_everything(
    desk: DeskUnderTest, phone: Colleague, lead_id: UUID, how: str
) -> None:
    with desk.engine.begin() as connection:
        device = tables.staff_device
        if how == "forgotten":
            connection.execute(device.delete())
        if how == "too old":
            connection.execute(update(device).values(expires_at=func.now()))
    if how in {"disabled", "reset"}:
        desk.link(how.removesuffix("d"), "--email", "ana.lopez@envista.example")
    if how == "never":
        phone.client.delete_cookie("device", domain="desk.localhost")
    assert phone.get(f"/leads/{lead_id}").location.startswith("/sign-in?next=")
    answer = phone.client.post(f"/leads/{lead_id}/confirm", base_url=phone.base)
    assert answer.location.startswith("/sign-in")
    assert phone.get(f"/leads/{lead_id}").status_code == 303


def test_signing_out_everywhere_ends_every_session_and_device(
    desk: DeskUnderTest, ana: Colleague, lead_id: UUID
) -> None:
    ana.post("/account", do="remember")
    ana.post("/account", do="sign_out_everywhere")
    assert ana.get(f"/leads/{lead_id}").location.startswith("/sign-in?next=")


def test_the_next_person_at_a_shared_desk_chooses_a_name(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    desk.arrive("ben@envista.example", "location_staff", "envista")
    desk.arrive("eve@kosak.example", "manager", "kosak")
    page = soup(ana.get("/switch"))
    assert [option.text for option in page.select("#email option")] == ["Choose your name", "Ben"]


@pytest.fixture
def opened(browser: Browser, build: Build) -> Iterator[Open]:
    with browsing(browser, build, demo=True) as opened:
        yield opened


@needs_chromium
@pytest.mark.browser
def test_a_passkey_opens_the_desk_and_works_for_nobody_else(opened: Open) -> None:
    page, desk = opened.page, opened.desk
    browser_side = page.context.new_cdp_session(page)
    browser_side.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    authenticator = browser_side.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    opened.go(desk.add("manager@envista.example", "manager", "envista"))
    opened.go("/account")
    page.get_by_label("Name of the new passkey").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("My phone").wait_for()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Use a passkey instead").click()
    page.get_by_role("heading", name="Nobody is waiting").wait_for()
    assert ("signed in", None, None) in desk.audit()

    page.get_by_role("button", name="Sign out", exact=True).click()
    desk.link("disable", "--email", "manager@envista.example")
    page.get_by_role("button", name="Use a passkey instead").click()
    page.get_by_text("This passkey is not known here.").wait_for()
    browser_side.send("WebAuthn.removeVirtualAuthenticator", authenticator)
    assert opened.fits()


NO_PROOF = (
    "",
    "[]",
    "{}",
    "x",
    '{"id": "AA", "response": {"clientDataJSON": "AA"}}',
    '{"id": 1, "response": 2}',
)


@pytest.mark.parametrize("answer", NO_PROOF)
def test_what_is_no_proof_opens_nothing(desk: DeskUnderTest, ana: Colleague, answer: str) -> None:
    stranger = desk.app.test_client()
    refused = stranger.post("/sign-in/passkey", data={"answer": answer}, base_url=ana.base)
    assert refused.status_code == 422
    assert "Set-Cookie" not in refused.headers
    assert ana.post("/account/passkeys", answer=answer).status_code == 422
