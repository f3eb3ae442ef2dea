"""What stands around the text: phones in the header, the bar below, colors that a reader forces."""

import pytest
from playwright.sync_api import BrowserContext

from tests.chromium import needs_chromium
from tests.look.conftest import CLINICS, Sites

pytestmark = needs_chromium
each_clinic = pytest.mark.parametrize("slug", CLINICS)


def test_two_towns_have_their_phones_in_the_header_of_every_page(
    context: BrowserContext, sites: Sites
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 640})
    for address in sites.page_kinds("foothill"):
        page.goto(sites.url("foothill", address))
        for phone in ("(559) 555-0142", "(559) 555-0176"):
            link = page.locator("body > .phone-bar, body > header").get_by_text(phone).first
            box = link.bounding_box()
            assert box, address
            assert box["y"] + box["height"] < 160, address


@each_clinic
def test_the_bar_covers_no_text_at_the_end_of_a_page(
    context: BrowserContext, sites: Sites, slug: str
) -> None:
    page = context.new_page()
    for address in sites.page_kinds(slug):
        page.goto(sites.url(slug, address))
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        below = page.evaluate("""() => {
          const bar = document.querySelector(".thumb-bar");
          const end = document.querySelector("footer").getBoundingClientRect().bottom;
          return bar ? end - bar.getBoundingClientRect().top : 0;
        }""")
        assert below <= 1, address


@each_clinic
def test_in_forced_colors_what_is_pressed_and_what_warns_has_an_edge(
    context: BrowserContext, sites: Sites, slug: str
) -> None:
    """Backgrounds are gone then."""
    page = context.new_page()
    page.emulate_media(forced_colors="active")
    page.goto(sites.url(slug, sites.an_article(slug)))
    bare = page.evaluate("""() => [...document.querySelectorAll(".button, .card, .emergency-strip")]
      .filter((part) => part.getClientRects().length)
      .filter((part) => getComputedStyle(part).borderTopStyle === "none")
      .map((part) => part.outerHTML.slice(0, 80))""")
    assert page.locator(".card.help").is_visible()
    assert bare == []
