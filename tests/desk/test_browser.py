"""The desk in a real browser, without scripts: a manager's morning, and hostile markup."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import PHONE, needs_chromium
from tests.desk.conftest import Build, DeskUnderTest
from tests.desk.test_leads import MARKUP
from tests.servers import free_port
from tests.serving import served

pytestmark = [pytest.mark.browser, needs_chromium]


@dataclass
class Open:
    """A phone in front of a served desk; `said`: what the browser's console said."""

    desk: DeskUnderTest
    page: Page
    said: list[str]

    def go(self, path: str) -> None:
        self.page.goto(self.desk.settings.desk_url + path)

    def fits(self) -> bool:
        """Nothing has to be scrolled sideways, at 320 px either."""
        self.page.set_viewport_size({"width": 320, "height": 700})
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        self.page.set_viewport_size(PHONE)
        return wide <= 320


@contextmanager
def browsing(browser: Browser, build: Build, *, demo: bool) -> Iterator[Open]:
    port = free_port()
    desk = build(demo=demo, desk_url=f"http://desk.localhost:{port}")
    with served(desk.app, port), browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
        yield Open(desk=desk, page=page, said=said)


@pytest.fixture
def opened(browser: Browser, build: Build) -> Iterator[Open]:
    with browsing(browser, build, demo=True) as opened:
        yield opened


def test_two_taps_to_the_number_one_more_to_say_how_it_went(opened: Open) -> None:
    opened.desk.request(name="Ana Ruiz")
    page = opened.page
    opened.go(opened.desk.add("manager@envista.example", "manager", "envista"))
    assert opened.fits()
    page.get_by_role("button", name="I'll call this patient").click()
    number = page.get_by_role("link", name="(661) 555-0199")
    assert number.get_attribute("href") == "tel:+16615550199"
    box = number.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < PHONE["height"]  # on the first screen
    assert box["height"] >= 44
    assert opened.fits()
    page.get_by_role("button", name="Reached").click()
    page.get_by_role("link", name="All requests").click()
    assert page.locator("h1").inner_text() == "Nobody is waiting"
    assert opened.said == []


def test_it_works_with_the_keyboard_alone(opened: Open) -> None:
    lead_id = opened.desk.request(name="Ana Ruiz")
    opened.go(opened.desk.add("manager@envista.example", "manager", "envista"))
    for _ in range(30):
        opened.page.keyboard.press("Tab")
        focused = opened.page.evaluate("document.activeElement.innerText")
        if focused == "I'll call this patient":
            break
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_url(re.compile(str(lead_id)))
    assert opened.desk.row(lead_id)["state"] == "taken"


def test_hostile_markup_does_nothing_in_a_browser(opened: Open) -> None:
    lead_id = opened.desk.request(name=MARKUP, message=MARKUP, town=MARKUP, utm_source=MARKUP)
    opened.go(opened.desk.add("manager@envista.example", "manager", "envista"))
    opened.go(f"/leads/{lead_id}")
    assert opened.page.locator("h1").inner_text() == MARKUP
    assert opened.said == []


def test_a_newcomer_is_shown_a_code_to_scan(browser: Browser, build: Build) -> None:
    with browsing(browser, build, demo=False) as opened:
        opened.go(opened.desk.add("new@envista.example", "manager", "envista"))
        picture = opened.page.locator(".qr svg").bounding_box()
        assert picture is not None
        assert picture["width"] > 150
        assert opened.fits()
        assert opened.said == []
