"""What led to a request is known without cookies, and without a script from an article."""

import pytest
from playwright.sync_api import Locator, Page

from tests.forms.conftest import Clinics
from tests.forms.test_sending import fill, reference, send

CAMPAIGN = "utm_source=flyer&utm_medium=print&utm_campaign=back%20pain"
KNOWN = {"utm_source": "flyer", "utm_medium": "print", "utm_campaign": "back pain"}


def sent(page: Page, clinics: Clinics, message: str) -> dict[str, str]:
    """Send the form that is open; what was kept of where it came from."""
    fill(page, message)
    send(page)
    reference(page)
    [row] = clinics.stored(message)
    found: dict[str, str] = row["attribution"]
    return found


def test_s0_6_the_article_is_remembered_without_a_script(
    plain_page: Page, clinics: Clinics
) -> None:
    plain_page.goto(clinics.url("/articles/sore-back/"))
    plain_page.get_by_role("link", name="Ask us").click()
    assert sent(plain_page, clinics, "from an article") == {"path": "/articles/sore-back/"}


def test_a_form_opened_by_itself_names_itself(plain_page: Page, clinics: Clinics) -> None:
    plain_page.goto(clinics.url("/contact/"))
    assert sent(plain_page, clinics, "by itself") == {"path": "/contact/"}


def test_a_campaign_that_lands_on_the_form_without_a_script(
    plain_page: Page, clinics: Clinics
) -> None:
    plain_page.goto(clinics.url(f"/contact/?{CAMPAIGN}&gclid=abc"))
    assert sent(plain_page, clinics, "landed") == {"path": "/contact/", **KNOWN}


def follow(link: Locator) -> None:
    """As a person does, who reads the page first: its script runs only once it is there."""
    with link.page.expect_navigation():
        link.click()


@pytest.mark.parametrize("first", ["/", "/articles/"])
def test_a_campaign_that_lands_elsewhere_is_carried_along_by_a_small_script(
    page: Page, clinics: Clinics, first: str
) -> None:
    page.goto(clinics.url(f"{first}?{CAMPAIGN}"))
    page.goto(page.url)
    follow(page.locator("header a[href*='/articles/']").first)
    follow(page.locator("main a[href*='/sore-back/']").first)
    follow(page.get_by_role("link", name="Ask us"))
    kept = sent(page, clinics, f"carried from {first}")
    assert kept == {"path": "/articles/sore-back/", **KNOWN}
    assert page.context.cookies() == []


def test_click_ids_are_kept_only_where_the_clinic_asked_for_them(
    page: Page, clinics: Clinics
) -> None:
    for clinic, kept in (("north", {}), ("advert", {"gclid": "abc"})):
        page.goto(clinics.url("/?gclid=abc", clinic))
        page.locator("header a[href*='/contact/']").first.click()
        assert sent(page, clinics, f"ids of {clinic}") == {"path": "/", **kept}


def test_a_mistake_on_the_way_does_not_forget_it(plain_page: Page, clinics: Clinics) -> None:
    plain_page.goto(clinics.url(f"/contact/?from=/articles/sore-back/&{CAMPAIGN}"))
    for _ in range(2):
        send(plain_page)
        plain_page.locator(".error-summary").wait_for()
    assert sent(plain_page, clinics, "remembered") == {"path": "/articles/sore-back/", **KNOWN}


def test_what_another_site_says_is_not_taken_for_a_page_of_ours(
    plain_page: Page, clinics: Clinics
) -> None:
    plain_page.goto(
        clinics.url(f"/contact/?from=//evil.example/&utm_source={'x' * 300}"),
        referer="https://evil.example/path",
    )
    assert sent(plain_page, clinics, "foreign") == {"path": "", "utm_source": "x" * 200}
