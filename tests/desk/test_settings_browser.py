"""Who is told, in a real browser: a manager changes it, an owner confirms it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.chromium import PHONE, needs_chromium
from tests.desk.conftest import Build, Office, the_directory
from tests.desk.notify_beside import notify_beside
from tests.desk.test_leads import MARKUP
from tests.servers import free_port
from tests.serving import served

pytestmark = [pytest.mark.browser, needs_chromium]
SHAFTER = "/settings/envista/shafter"
REFUSED = "status of 422"  # what the browser itself says of a form that is shown again
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@dataclass
class Seen:
    """A phone in front of a desk and its notify; `said`: what the browser's console said."""

    office: Office
    page: Page
    said: list[str]

    def go(self, path: str) -> None:
        self.page.goto(self.office.desk.settings.desk_url + path)

    def confirm_page(self, to: str) -> str:
        """Where the link that was sent to `to` leads, on notify's own port: there is no edge."""
        rows = self.office.notify.rows(
            "SELECT address, text FROM message WHERE dedup_key LIKE 'confirm:%'"
        )
        link = next(row.text for row in rows if row.address == to)
        found = re.search(r"/alerts/c/\w+", link)
        assert found
        return self.office.notify.url.replace("127.0.0.1", "desk.localhost") + found[0]

    def is_sound(self) -> None:
        """axe finds nothing, by day and at night; nothing has to be scrolled sideways at 320 px."""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            found = Axe().run(self.page, options=RULES)
            assert found.violations_count == 0, found.generate_report()
        self.page.set_viewport_size({"width": 320, "height": 700})
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 320
        self.page.set_viewport_size(PHONE)


@pytest.fixture
def seen(
    browser: Browser, build: Build, notify_databases: tuple[str, str], tmp_path: Path
) -> Iterator[Seen]:
    port = free_port()
    url = f"http://desk.localhost:{port}"
    folder, directory = tmp_path / "notify", the_directory()
    with notify_beside(folder, notify_databases, directory, desk_url=url) as notify:
        notify.write_file()
        desk = build(demo=True, desk_url=url, notify_url=notify.url)
        with served(desk.app, port), browser.new_context(viewport=PHONE) as context:
            page = context.new_page()
            page.set_default_timeout(15_000)
            said: list[str] = []
            page.on("console", lambda one: None if REFUSED in one.text else said.append(one.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
            yield Seen(office=Office(desk=desk, notify=notify), page=page, said=said)


def test_a_manager_adds_a_contact_who_confirms_by_one_press(seen: Seen) -> None:
    page = seen.page
    seen.go(seen.office.desk.add("ana@envista.example", "manager", "envista"))
    page.get_by_role("link", name="Who is told").click()
    page.get_by_role("link", name="Shafter").click()
    seen.is_sound()
    page.get_by_text("Add a new contact").click()
    page.get_by_label("Name, and what for").fill(MARKUP)
    page.get_by_label("Mobile number, for texts").fill("800-555-0123")
    page.get_by_role("button", name="Add and ask for confirmation").click()
    assert "toll-free" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Name, and what for").input_value() == MARKUP  # nothing is lost
    seen.is_sound()
    page.get_by_label("Mobile number, for texts").fill("(559) 555-0166")
    page.get_by_role("button", name="Add and ask for confirmation").click()
    assert page.locator(".order h3").all_inner_texts()[-1] == MARKUP
    assert "waits for confirmation since" in page.locator(".order").inner_text()
    seen.is_sound()

    page.goto(seen.confirm_page("+15595550166"))
    assert MARKUP in page.locator("h1").inner_text()
    seen.is_sound()
    page.get_by_role("button", name="Yes, send alerts here").click()
    assert page.locator("h1").inner_text() == "Confirmed"
    seen.is_sound()

    seen.go(SHAFTER)
    assert "waits for confirmation" not in page.locator(".order").inner_text()
    page.get_by_role("button", name=f"Tell {MARKUP} earlier").click()
    assert page.locator(".order h3").all_inner_texts()[1] == MARKUP
    assert seen.said == []


def test_off_until_friday_rosa_covers_with_the_keyboard_alone(seen: Seen) -> None:
    page = seen.page
    seen.go(seen.office.desk.add("ana@envista.example", "manager", "envista"))
    seen.go(f"{SHAFTER}/maria")
    seen.is_sound()
    page.get_by_label("Last day off").focus()
    page.keyboard.type("12312030")
    page.get_by_label("Who covers").focus()
    page.keyboard.type("Rosa")
    page.get_by_role("button", name="Off on these days").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("saved=1"))
    assert "Off through Tuesday, December 31, Rosa Diaz covers" in page.locator("main").inner_text()
    seen.go(f"{SHAFTER}?at=18:05")
    assert "Rosa Diaz covers" in page.locator(".answer").inner_text()
    seen.is_sound()
    assert seen.said == []
