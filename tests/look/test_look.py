"""What a patient sees of the demo clinics, on every kind of page."""

import gzip
import json
import re
import time
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext, Route

from content.catalog import read_catalog
from content.sites import Addresses
from content.table import address_table, health_page
from tests.chromium import ARGUMENTS, CHROMIUM, PHONE, needs_chromium
from tests.look.conftest import CLINICS, ROOT, Sites

BUDGET = 14 * 1024  # of HTML and CSS, compressed: what a server sends in its first round trip
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FONT_IS_LATE_S = 0.4
STILL = 0.05  # of a page that may move at all, by the measure of layout shift; 0.1 counts as good

each_clinic = pytest.mark.parametrize("slug", CLINICS)


@needs_chromium
@each_clinic
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_an_obstacle(browser: Browser, sites: Sites, slug: str, scheme: str) -> None:
    """axe finds no violation of WCAG 2.2 AA, by day on every kind of page, by night on three."""
    context = browser.new_context(viewport={"width": 375, "height": 812}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    found = []
    kinds = sites.page_kinds(slug) if scheme == "light" else ["/", sites.an_article(slug)]
    for address in kinds:
        page.goto(sites.url(slug, address))
        answer = Axe().run(page, options={"resultTypes": ["violations"], **RULES}).response
        found += [
            f"{address}: {violation['id']}: {node['html'][:120]}"
            for violation in answer["violations"]
            for node in violation["nodes"]
        ]
    context.close()
    assert found == []


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_boards_for_those_who_write_have_no_obstacle(browser: Browser, scheme: str) -> None:
    catalog = read_catalog(ROOT / "clinics", ROOT / "library")
    sheet = (files("content") / "static" / "table.css").read_text()
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for board in (health_page(catalog, datetime.now(UTC)), address_table(catalog, (), Addresses())):
        page.set_content(board)
        page.add_style_tag(content=sheet)
        found = Axe().run(page, options={"resultTypes": ["violations"], **RULES}).response
        assert [violation["id"] for violation in found["violations"]] == []
    context.close()


@needs_chromium
@each_clinic
def test_no_page_scrolls_sideways_or_asks_another_host(
    context: BrowserContext, sites: Sites, slug: str
) -> None:
    page = context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.set_viewport_size({"width": 320, "height": 640})
    for address in sites.page_kinds(slug):
        page.goto(sites.url(slug, address))
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
    assert hosts == {f"{slug}.localhost:{sites.port}"}
    assert context.cookies() == []


@needs_chromium
def test_letters_of_twice_the_size_fit_a_phone(
    browser: Browser, sites: Sites, tmp_path: Path
) -> None:
    """As set in the browser itself: nothing is cut off, nothing stands beside the screen."""
    (tmp_path / "Default").mkdir()
    letters = {"webkit": {"webprefs": {"default_font_size": 32}}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(letters))
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=CHROMIUM, args=ARGUMENTS, viewport=PHONE
    )
    page = context.new_page()
    wide = []
    for slug in CLINICS:
        for address in sites.page_kinds(slug):
            page.goto(sites.url(slug, address))
            if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
                wide.append(f"{slug}{address}")
    size = page.evaluate("getComputedStyle(document.documentElement).fontSize")
    context.close()
    assert size == "36px"
    assert wide == []


@each_clinic
def test_a_page_fits_into_the_first_round_trip(sites: Sites, slug: str) -> None:
    files = sites.files[slug]
    [sheet] = [path for path in files if re.fullmatch(r"assets/site\.\w+\.css", path)]
    style = len(gzip.compress(files[sheet], mtime=0))
    heavy = {
        path: style + len(gzip.compress(content, mtime=0))
        for path, content in files.items()
        if path.endswith(".html") and not path.startswith("_forms/")
    }
    assert {path: size for path, size in heavy.items() if size > BUDGET} == {}


@needs_chromium
@each_clinic
def test_lines_are_as_long_as_the_eye_likes(
    context: BrowserContext, sites: Sites, slug: str
) -> None:
    """60 to 72 letters on a wide screen, 18 to 20 px high."""
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(sites.url(slug, sites.an_article(slug)))
    page.evaluate("document.fonts.ready")
    letters, size = page.evaluate("""() => {
      const lengths = [];
      const paragraphs = [...document.querySelectorAll(".prose > p:not(.picture)")];
      for (const paragraph of paragraphs) {
        const range = document.createRange();
        let line = 0, top = null;
        const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          for (let i = 0; i < walker.currentNode.length; i++) {
            range.setStart(walker.currentNode, i);
            range.setEnd(walker.currentNode, i + 1);
            const box = range.getBoundingClientRect();
            if (top !== null && box.top > top + 8) { lengths.push(line); line = 0; }
            if (box.height) top = box.top;
            line++;
          }
        }
      }
      const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
      return [mean, parseFloat(getComputedStyle(paragraphs[0]).fontSize)];
    }""")
    assert 60 <= letters <= 72
    assert 18 <= size <= 20


@needs_chromium
@each_clinic
def test_nothing_moves_when_the_typefaces_come_late(
    context: BrowserContext, sites: Sites, slug: str
) -> None:
    def later(route: Route) -> None:
        time.sleep(FONT_IS_LATE_S)
        route.continue_()

    page = context.new_page()
    page.route("**/*.woff2", later)
    page.add_init_script("""
      window.moved = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.moved += entry.value;
      }).observe({ type: "layout-shift", buffered: true });
    """)
    for address in ("/", sites.an_article(slug)):
        page.goto(sites.url(slug, address))
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(100)
        assert page.evaluate("window.moved") < STILL, address


@needs_chromium
@each_clinic
def test_the_bar_covers_no_focus(context: BrowserContext, sites: Sites, slug: str) -> None:
    page = context.new_page()
    page.goto(sites.url(slug, sites.an_article(slug)))
    seen = 0
    for _ in range(60):
        page.keyboard.press("Tab")
        state = page.evaluate("""() => {
          const focused = document.activeElement;
          if (!focused || focused === document.body) return "end";
          const box = focused.getClientRects()[0];
          const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
          const shown = focused.contains(top) || (top && top.contains(focused));
          return shown ? "shown" : focused.outerHTML;
        }""")
        if state == "end":
            break
        assert state == "shown"
        seen += 1
    assert seen >= 8


def emergency_first(page: BeautifulSoup) -> bool:
    article = page.find("article")
    return "911" in article.find(recursive=False).get_text()  # type: ignore[union-attr]


@each_clinic
def test_the_emergency_line_comes_first_on_every_article_about_a_condition(
    sites: Sites, slug: str
) -> None:
    clinic = sites.clinics[slug]
    assert len(clinic.articles) >= 4
    for article in clinic.articles:
        html = sites.files[slug][f"{article.address.lstrip('/')}index.html"]
        page = BeautifulSoup(html, "html.parser")
        if article.is_condition:
            assert emergency_first(page), article.address
            assert page.select_one(".card.help"), article.address
        assert page.select_one(".sources li"), article.address
        assert "Medically reviewed by" in page.get_text(), article.address


def test_one_article_stands_on_all_five_with_the_same_clinical_words(sites: Sites) -> None:
    pages = {
        slug: BeautifulSoup(
            sites.files[slug][f"{sites.an_article(slug).lstrip('/')}index.html"], "html.parser"
        )
        for slug in CLINICS
    }
    assert len(pages) == 5
    assert len({str(page.select_one(".card.help")) for page in pages.values()}) == 1
    assert len({page.select_one(".local").get_text() for page in pages.values()}) == 5  # type: ignore[union-attr]


def test_a_clinic_that_is_only_called_has_no_form_and_no_way_to_one(sites: Sites) -> None:
    for slug in ("aldine-spine", "commonplace"):
        for path, content in sites.files[slug].items():
            if path.endswith(".html") and not path.startswith("_forms/"):
                page = BeautifulSoup(content, "html.parser")
                assert not page.select("form[action^='/leads/requests'] [name=phone]"), path
                assert not page.select("a[href*='appointment']"), path
    contact = BeautifulSoup(sites.files["aldine-spine"]["contact/index.html"], "html.parser")
    assert "When the phone is answered" in contact.get_text()
    assert contact.select_one(".hours")


def test_one_location_is_not_chosen_from_a_list(sites: Sites) -> None:
    home = BeautifulSoup(sites.files["aldine-spine"]["index.html"], "html.parser")
    assert home.select_one("header a[href='/locations/los-angeles/']")
    assert not home.select("a[href='/locations/']")


def test_six_locations_are_the_first_thing_on_the_home_page(sites: Sites) -> None:
    home = BeautifulSoup(sites.files["ocotillo"]["index.html"], "html.parser")
    places = home.select("main section.place")
    assert len(places) == 6
    for place in places:
        assert place.select_one("a[href^='tel:+1602555']")
        assert place.select_one(".today").get_text()  # type: ignore[union-attr]
        assert place.select_one("a[href$='/appointment/'], a[href*='/appointment/?']")


@needs_chromium
def test_paper_offers_nothing_to_fill_in_or_to_press(context: BrowserContext, sites: Sites) -> None:
    page = context.new_page()
    page.emulate_media(media="print")
    for slug, address in (
        ("commonplace", sites.an_article("commonplace")),
        ("ocotillo", "/locations/"),
        ("foothill", "/contact/"),
    ):
        page.goto(sites.url(slug, address))
        pressed = page.locator("input, button, .button, .place-request, #comments")
        assert [part.inner_text() for part in pressed.all() if part.is_visible()] == []
        assert page.get_by_text("In an emergency, call 911").is_visible()


@needs_chromium
def test_today_is_marked_in_the_hours_and_without_scripts_the_week_is_whole(
    browser: Browser, sites: Sites
) -> None:
    address = sites.url("ocotillo", "/locations/tolliver/")
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.clock.set_fixed_time("2027-03-01T05:30:00Z") if scripts else None  # Sunday there
        page.goto(address)
        rows = page.locator(".hours .is-today")
        if scripts:
            assert rows.count() == 1
            assert "Sunday" in rows.inner_text()
            assert page.locator(".today").inner_text() == "Today: Closed"
        else:
            assert rows.count() == 0
            assert "Monday to Friday" in page.locator(".today").inner_text()
        context.close()


@needs_chromium
def test_s1_1_a_town_or_zip_code_finds_its_location(context: BrowserContext, sites: Sites) -> None:
    page = context.new_page()
    page.goto(sites.url("ocotillo", "/"))
    shown = page.locator("section.place:visible h3")
    assert shown.count() == 6
    assert page.get_by_role("heading", name="6 locations").is_visible()
    for typed, found in (("seven w", "Quail Run"), ("85094", "Verdine"), ("SÁND", "Sand Hill")):
        page.get_by_label("Your town or ZIP code").fill(typed)
        assert shown.all_inner_texts() == [found]
        assert page.get_by_role("status").inner_text() == "1 of 6 locations"
    page.get_by_label("Your town or ZIP code").fill("Boston")
    assert shown.count() == 0
    assert "Call (602) 555-0110" in page.get_by_role("status").inner_text()


@needs_chromium
def test_s1_1_without_scripts_there_is_no_field_that_does_nothing(
    browser: Browser, sites: Sites
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(sites.url("ocotillo", "/"))
    assert page.locator("section.place:visible").count() == 6
    assert not page.locator("#find").is_visible()
    context.close()
