"""A patient reads an article and sends a request, by keyboard, with and without scripts."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page

from tests.system.running import Copy, wait_until

CLINIC = "foothill.localhost"


def address(copy: Copy, path: str) -> str:
    return f"http://{CLINIC}:{copy.port}{path}"


def an_article(page: Page, copy: Copy) -> None:
    """Open the first article that the clinic lists."""
    page.goto(address(copy, "/articles/"))
    page.locator("main a[href^='/articles/']").first.click()
    assert page.locator("h1").count() == 1


def type_into(page: Page, name: str, text: str) -> None:
    """Reach a field with the Tab key alone and type."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name || ''") == name:
            page.keyboard.type(text)
            return
    pytest.fail(f"the field {name} cannot be reached by keyboard")


def sent_reference(page: Page) -> str:
    page.wait_for_url("**/thanks/**")
    assert "not a booked appointment" in page.locator("main").inner_text()
    query = page.url.split("ref=")[1]
    return query.split("&")[0]


def test_from_the_article_to_the_thank_you_page_by_keyboard(phone: Page, copy: Copy) -> None:
    an_article(phone, copy)
    phone.goto(address(copy, "/locations/marsden/contact/"))
    type_into(phone, "name", "Ana Ruiz")
    type_into(phone, "phone", "661 555 0142")
    type_into(phone, "message", "My back hurts when I bend.")
    phone.keyboard.press("Tab")
    for _ in range(10):
        if phone.evaluate("document.activeElement.tagName") == "BUTTON":
            break
        phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    reference = sent_reference(phone)
    assert wait_until(lambda: reference in copy.alerted(), seconds=15)


def test_without_scripts_mistakes_are_shown_and_the_request_gets_through(
    phone_without_scripts: Page, copy: Copy
) -> None:
    page = phone_without_scripts
    page.goto(address(copy, "/contact/"))
    page.get_by_label("Marsden").check()
    page.fill("[name=message]", "Written without a script.")
    page.get_by_role("button", name="Send request").click()
    assert page.title().startswith("Error: ")
    page.get_by_role("link", name="Enter your full name").click()
    page.fill("[name=name]", "Leo Okafor")
    page.fill("[name=phone]", "(661) 555-0143")
    assert page.input_value("[name=message]") == "Written without a script."
    page.get_by_role("button", name="Send request").click()
    assert wait_until(lambda: sent_reference(page) in copy.alerted(), seconds=15)


def test_s0_2_a_tap_on_a_phone_number_is_counted_without_another_company(
    phone: Page, copy: Copy
) -> None:
    an_article(phone, copy)
    with phone.expect_request("**/leads/taps") as told:
        phone.locator("main a[href^='tel:+1']").first.click()
    sent = dict(parse_qsl(told.value.post_data or ""))
    assert sent == {"page": urlsplit(phone.url).path, "phone": "+15595550142"}
    answer = copy.http.post("/leads/taps", data=sent, headers={"Host": f"{CLINIC}:{copy.port}"})
    assert answer.status_code == 204
    assert phone.context.cookies() == []


@pytest.mark.parametrize("path", ["/", "/articles/", "/locations/", "/contact/", "/privacy/"])
def test_no_page_scrolls_sideways_at_320_px(phone: Page, copy: Copy, path: str) -> None:
    phone.set_viewport_size({"width": 320, "height": 700})
    phone.goto(address(copy, path))
    assert phone.evaluate("document.documentElement.scrollWidth") <= 320


def test_nothing_is_asked_of_another_host(phone: Page, copy: Copy) -> None:
    hosts: set[str] = set()
    phone.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    an_article(phone, copy)
    phone.goto(address(copy, "/contact/"))
    assert hosts == {f"{CLINIC}:{copy.port}"}
    assert phone.context.cookies() == []
