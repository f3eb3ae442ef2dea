"""A manager's morning on a phone: from the text to the number, and on to the next patient."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import PHONE, needs_chromium
from tests.desk.conftest import Build
from tests.desk.test_browser import Open, browsing

pytestmark = [pytest.mark.browser, needs_chromium]

RENEE = ("renee.alvarado@envista.example", "manager", "envista")


@pytest.fixture
def opened(browser: Browser, build: Build) -> Iterator[Open]:
    with browsing(browser, build, demo=True) as opened:
        yield opened


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def a_morning(opened: Open, page: Page) -> None:
    """Everything that needs no script."""
    desk, address = opened.desk, opened.desk.settings.desk_url
    first = desk.request(name="Carmen Delgado", phone="(661) 555-0101")
    second = desk.request(name="Walter Nguyen", phone="(661) 555-0102", message="second")
    page.goto(address + desk.add(*RENEE))
    page.goto(f"{address}/account")
    press(page, "Remember this device")
    page.context.clear_cookies(name="desk")  # the next morning

    page.goto(f"{address}/leads/{first}")  # the first tap: the link in the text
    press(page, "Open the request")  # the second
    number = page.get_by_role("link", name="(661) 555-0101")
    expect(number).to_be_in_viewport()
    assert number.get_attribute("href") == "tel:+16615550101"
    press(page, "Reached")
    assert desk.row(first)["outcome"] == "reached"
    press(page, "Undo my last step")
    assert desk.row(first)["state"] == "new"
    press(page, "Reached")

    page.goto(address + desk.add(*RENEE))  # the list needs a full sign-in
    expect(page.get_by_role("heading", level=1)).to_have_text("1 to call now")
    press(page, "I'll call this patient")  # the next
    expect(page.get_by_role("link", name="(661) 555-0102")).to_be_in_viewport()
    page.get_by_text("Call again later, or booked for a day").click()
    press(page, "Next day, when we open")
    assert desk.row(second)["follow_up_at"] is not None
    press(page, "Pass on")
    row = desk.row(second)
    assert (row["state"], row["holder"], row["follow_up_at"]) == ("new", None, None)
    page.goto(f"{address}/search")
    page.get_by_role("searchbox").fill("661.555.0101")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Carmen Delgado").click()
    expect(page.get_by_text("Renee Alvarado reached the patient").first).to_be_visible()


def test_a_morning_on_a_phone(opened: Open) -> None:
    a_morning(opened, opened.page)
    assert opened.said == []


def test_a_morning_on_a_phone_without_script(opened: Open, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(10_000)
    a_morning(opened, page)
    context.close()


def look_again(page: Page) -> None:
    """The seconds pass after which an open list asks what is new."""
    page.clock.fast_forward(10_000)


def test_an_open_list_shows_what_comes_and_what_colleagues_do_without_a_reload(
    opened: Open,
) -> None:
    page, desk = opened.page, opened.desk
    page.clock.install()
    opened.go(desk.add(*RENEE))
    page.evaluate("window.neverReloaded = true")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nobody is waiting")
    lead_id = desk.request(name="Grace Hall")
    shown = page.get_by_role("link", name="Grace Hall")
    look_again(page)
    expect(shown).to_be_visible()
    expect(page).to_have_title("1 to call now · Frontdesk")
    desk.arrive("ana.lopez@envista.example", "manager", "envista").move(lead_id, "take")
    look_again(page)
    expect(page.get_by_text("Ana Lopez is calling")).to_be_visible()
    assert page.evaluate("window.neverReloaded")
    assert opened.said == []
