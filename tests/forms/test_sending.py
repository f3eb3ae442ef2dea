"""A patient sends a form: with and without a script, by keyboard, and while things break."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from playwright.sync_api import Page, Route

from tests.forms.conftest import Clinics

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def fill(page: Page, message: str, **more: str) -> None:
    values = {"name": "Ana Ruiz", "phone": "661 555 0142", "message": message} | more
    for name, value in values.items():
        page.fill(f"[name={name}]", value)


def send(page: Page) -> None:
    page.locator(".send").click()


def reference(page: Page) -> str:
    page.wait_for_url("**/thanks/**")
    return page.url.split("ref=")[1].split("&")[0]


@pytest.fixture(params=["page", "plain_page"])
def any_page(request: pytest.FixtureRequest) -> Page:
    found: Page = request.getfixturevalue(request.param)
    return found


def test_a_request_gets_through_and_its_reference_is_shown(
    any_page: Page, clinics: Clinics
) -> None:
    message = f"through {any_page.evaluate('navigator.userAgent.length')}"
    any_page.goto(clinics.url("/contact/"))
    fill(any_page, message)
    send(any_page)
    told = reference(any_page)
    shown = any_page.locator(".reference strong").inner_text()
    assert shown == f"{told[:4]} {told[4:]}"
    assert told in {row["reference"] for row in clinics.stored(message)}
    assert "not a booked appointment" in any_page.locator("main").inner_text()
    assert "(559) 555-0101" in any_page.locator("main").inner_text()


def test_mistakes_are_shown_in_place_with_everything_that_was_typed(
    any_page: Page, clinics: Clinics
) -> None:
    any_page.goto(clinics.url("/es/contact/"))
    fill(any_page, "Me duele.", name="", phone="12")
    send(any_page)
    any_page.locator(".error-summary").wait_for()
    assert any_page.title().startswith("Error: ")
    summary = any_page.locator(".error-summary a").all_inner_texts()
    assert summary == [
        "Escriba su nombre completo",
        "Escriba un número de teléfono con código de área, como (661) 555-0142",
    ]
    for text, name in zip(summary, ("name", "phone"), strict=True):
        assert any_page.locator(f"#{name}-error").inner_text().endswith(text)
        assert any_page.locator(f"[name={name}]").get_attribute("aria-invalid") == "true"
    assert any_page.input_value("[name=message]") == "Me duele."
    any_page.locator(".error-summary a").first.click()
    assert any_page.evaluate("document.activeElement.name") == "name"
    fill(any_page, "Me duele mucho.")
    send(any_page)
    reference(any_page)
    assert any_page.locator("html").get_attribute("lang") == "es"
    assert "no una cita confirmada" in any_page.locator("main").inner_text()


def test_with_a_script_the_list_of_mistakes_has_the_focus_and_no_page_was_left(
    page: Page, clinics: Clinics
) -> None:
    page.goto(clinics.url("/contact/"))
    send(page)
    page.locator(".error-summary").wait_for()
    assert page.evaluate("document.activeElement.className") == "error-summary"
    assert page.url == clinics.url("/contact/")


def test_a_mistake_on_a_locations_form_stays_on_it_however_often(
    plain_page: Page, clinics: Clinics
) -> None:
    plain_page.goto(clinics.url("/locations/easton/contact/?from=/articles/x/", "south"))
    for _ in range(3):
        send(plain_page)
        assert plain_page.locator("h1").inner_text() == "Send a request to Easton"
    fill(plain_page, "third time")
    send(plain_page)
    reference(plain_page)
    [row] = clinics.stored("third time")
    assert row["location"] == "easton"
    assert row["attribution"]["path"] == "/articles/x/"


def test_without_a_connection_the_words_stay_and_the_page_says_so(
    page: Page, clinics: Clinics
) -> None:
    page.goto(clinics.url("/contact/"))
    fill(page, "offline")
    page.context.set_offline(True)
    send(page)
    page.locator(".error-summary").wait_for()
    assert "this device has no connection" in page.locator(".error-summary").inner_text()
    assert page.locator(".error-summary a[href^='tel:']").count() == 1
    assert page.input_value("[name=message]") == "offline"
    page.context.set_offline(False)
    send(page)
    assert reference(page) == clinics.stored("offline")[0]["reference"]


def test_a_server_that_never_answers_is_not_waited_for_and_the_words_stay(
    page: Page, clinics: Clinics
) -> None:
    patience = "ANSWER_WITHIN_MS = 15000"
    script = files("content").joinpath("static/form.js").read_text()
    assert patience in script
    impatient = script.replace(patience, "ANSWER_WITHIN_MS = 300")
    page.route(
        "**/form*.js",
        lambda route: route.fulfill(body=impatient, content_type="text/javascript"),
    )
    page.route("**/leads/requests", lambda _route: None)
    page.goto(clinics.url("/contact/"))
    fill(page, "no answer")
    send(page)
    page.locator(".error-summary").wait_for()
    assert "We cannot tell whether your request arrived" in page.inner_text(".error-summary")
    assert page.input_value("[name=message]") == "no answer"
    page.unroute("**/leads/requests")
    send(page)
    assert reference(page) == clinics.stored("no answer")[0]["reference"]


def test_a_static_page_from_the_edge_does_not_take_the_words_away(
    page: Page, clinics: Clinics
) -> None:
    def gone(route: Route) -> None:
        route.fulfill(
            status=503, body="<h1>Your request was not sent</h1>", content_type="text/html"
        )

    page.goto(clinics.url("/contact/"))
    fill(page, "edge")
    page.route("**/leads/requests", gone)
    send(page)
    page.locator(".error-summary").wait_for()
    assert "our mailbox does not answer" in page.locator(".error-summary").inner_text()
    assert page.input_value("[name=message]") == "edge"
    assert page.locator(".send").inner_text() == "Send request"
    page.unroute("**/leads/requests")
    send(page)
    reference(page)


def test_a_stored_request_is_never_called_unsent(page: Page, clinics: Clinics) -> None:
    """The service takes the request and dies before it can show the thank-you page."""
    page.goto(clinics.url("/contact/"))
    fill(page, "stored, then dead")
    page.route("**/thanks/**", lambda route: route.fulfill(status=503, body="away"))
    send(page)
    assert reference(page) == clinics.stored("stored, then dead")[0]["reference"]


def test_nothing_that_was_typed_is_kept_outside_the_page(page: Page, clinics: Clinics) -> None:
    page.goto(clinics.url("/contact/"))
    fill(page, "private")
    send(page)
    reference(page)
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert kept == "[{},{}]"
    assert page.context.cookies() == []
    assert "private" not in page.url
    assert "Ana" not in page.content()


def test_the_whole_form_is_filled_and_sent_by_keyboard(page: Page, clinics: Clinics) -> None:
    page.goto(clinics.url("/contact/"))
    typed = {"name": "Leo Okafor", "phone": "6615550143", "message": "by keyboard"}
    for _ in range(40):
        page.keyboard.press("Tab")
        at = page.evaluate("document.activeElement.name || document.activeElement.type")
        if at in typed:
            page.keyboard.type(typed.pop(at))
        if at == "submit":
            break
    page.keyboard.press("Enter")
    reference(page)
    assert typed == {}
    assert len(clinics.stored("by keyboard")) == 1


def test_a_day_on_which_the_location_is_closed_says_which_days_are_open(
    any_page: Page, clinics: Clinics
) -> None:
    any_page.goto(clinics.url("/locations/easton/appointment/", "south"))
    any_page.check("[name=when][value=days]")
    sunday = any_page.evaluate(
        "(() => { const d = new Date(); d.setDate(d.getDate() + 14 - d.getDay());"
        " return d.toISOString().slice(0, 10) })()"
    )
    any_page.fill("[name=preferred_date_1]", sunday)
    send(any_page)
    any_page.locator("#preferred_date_1-error").wait_for()
    told = any_page.locator("#preferred_date_1-error").inner_text()
    assert "Easton is closed on Sunday" in told
    assert told.endswith("It is open Monday to Friday.")
    assert any_page.input_value("[name=preferred_date_1]") == sunday


@pytest.mark.parametrize("seconds", [0, 30])
def test_how_long_somebody_typed_is_one_sign_of_spam_and_holds_nobody(
    page: Page, clinics: Clinics, seconds: int
) -> None:
    page.clock.install(time=NOON)
    page.goto(clinics.url("/contact/"))
    page.clock.pause_at(NOON + timedelta(hours=1))  # however long the test itself takes
    message = f"typed for {seconds} s"
    fill(page, message)
    page.clock.fast_forward(seconds * 1000)
    send(page)
    reference(page)
    [row] = clinics.stored(message)
    assert ("fast" in row["suspicions"], row["state"]) == (seconds == 0, "new")


def test_without_a_script_nobody_is_suspected_of_typing_fast(
    plain_page: Page, clinics: Clinics
) -> None:
    plain_page.goto(clinics.url("/contact/"))
    fill(plain_page, "plain and quick")
    send(plain_page)
    reference(plain_page)
    [row] = clinics.stored("plain and quick")
    assert "fast" not in row["suspicions"]
