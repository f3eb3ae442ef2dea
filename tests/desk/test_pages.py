"""Every page of the desk in a real browser, empty and full: no obstacle, and nothing typed runs."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.chromium import PHONE, needs_chromium
from tests.desk.conftest import Build, DeskUnderTest
from tests.desk.full_desk import FullDesk, fill
from tests.desk.test_browser import Open, browsing
from tests.desk.test_isolation import all_routes
from tests.desk.test_leads import MARKUP

Theme = Literal["light", "dark"]
WIDE = {"width": 1280, "height": 900}
THEMES: tuple[Theme, ...] = ("light", "dark")
EVERY_LOOK = tuple((size, theme) for size in (PHONE, WIDE) for theme in THEMES)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LEAD = "/leads/<uuid:lead_id>"

# Every page of the desk by its route, of somebody who may see all.  One that is missing fails.
OF_THE_OWNER = [
    "/",
    "/held",
    "/texts",
    "/comments",
    "/search",
    "/report",
    "/export",
    "/people",
    "/audit",
    "/privacy",
    "/keep",
    "/account",
    "/switch",
    "/settings",
]
EMPTY = [
    "/",
    "/held",
    "/texts",
    "/comments",
    "/report",
    "/audit",
    "/keep",
]  # the others have no list
OF_STRANGERS = ["/sign-in", "/welcome/made-up"]
ELSEWHERE = {
    LEAD,  # of each state, below
    "/assets/<name>",  # no page
    "/live",  # no page
    f"{LEAD}/visit.ics",  # no page: tests/desk/test_follow_up.py
}

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture
def opened(browser: Browser, build: Build) -> Iterator[Open]:
    with browsing(browser, build, demo=True) as opened:
        yield opened


def owner(opened: Open) -> None:
    opened.go(opened.desk.add("owner@envista.example", "owner", "envista"))


def break_the_glass(opened: Open) -> None:
    """As the operator who is signed in."""
    opened.go("/")
    opened.page.locator("select[name=clinic]").select_option("envista")
    opened.page.locator("[name=reason]").fill("nobody at the clinic answers")
    opened.page.locator("form[action='/glass'] button").click()


def pages_of(filled: FullDesk) -> list[str]:
    """The addresses of requests in every state."""
    late = f"/leads/{filled.leads['mine']}?late=take"
    return [*(f"/leads/{lead_id}" for lead_id in filled.leads.values()), late]


def complaints(opened: Open) -> list[str]:
    """What ran, failed or was refused; a browser's advice on a form ("[DOM] …") is none."""
    return [said for said in opened.said if not said.startswith("[DOM]")]


def obstacles(opened: Open, where: str) -> list[str]:
    answer = Axe().run(opened.page, options={"resultTypes": ["violations"], **RULES}).response
    return [
        f"{where}: {violation['id']}: {node['html'][:160]}"
        for violation in answer["violations"]
        for node in violation["nodes"]
    ]


def test_every_page_is_looked_at(desk: DeskUnderTest) -> None:
    by_link = {"/welcome/<token>", "/invitation/<token>"}
    known = {*OF_THE_OWNER, "/sign-in"} | by_link | ELSEWHERE
    looked_at_elsewhere = {rule for _, rule in all_routes(desk) if rule.startswith("/settings/")}
    assert {rule for method, rule in all_routes(desk) if method == "GET"} == (
        known | looked_at_elsewhere  # with notify beside them: tests/desk/test_settings.py
    )


def look(opened: Open, paths: list[str], *looks: tuple[dict[str, int], Theme]) -> list[str]:
    """What is in somebody's way on these pages."""
    found: list[str] = []
    for path in paths:
        opened.go(path)
        for size, theme in looks or EVERY_LOOK:
            opened.page.set_viewport_size(size)  # type: ignore[arg-type]
            opened.page.emulate_media(color_scheme=theme)
            found += obstacles(opened, f"{path} {size['width']} {theme}")
        if not opened.fits():
            found.append(f"{path}: scrolls sideways at 320 px")
    return found


def test_an_empty_desk_has_no_obstacle_by_day_or_night_on_a_phone_or_a_screen(
    opened: Open,
) -> None:
    found = look(opened, OF_STRANGERS)
    opened.go(opened.desk.add("op@group.example", "operator"))
    found += look(opened, ["/", "/nowhere"])
    break_the_glass(opened)
    found += look(opened, ["/"], (PHONE, "light"))
    owner(opened)
    found += look(opened, EMPTY, (PHONE, "dark"), (WIDE, "light"))
    assert found == []
    assert [said for said in complaints(opened) if "404" not in said and "410" not in said] == []


def test_a_full_desk_has_no_obstacle_by_day_or_night_on_a_phone_or_a_screen(
    opened: Open,
) -> None:
    filled = fill(opened.desk)
    found = look(opened, [filled.invitation])
    owner(opened)
    found += look(opened, OF_THE_OWNER)
    found += look(opened, pages_of(filled), (PHONE, "light"), (WIDE, "dark"))
    opened.go("/search")
    opened.page.get_by_role("searchbox").fill("ruiz")
    opened.page.keyboard.press("Enter")
    opened.page.get_by_role("heading", name="found").wait_for()
    found += obstacles(opened, "found")
    assert not found, "\n".join(found)
    assert complaints(opened) == []


def test_nothing_that_somebody_typed_runs_on_any_page(opened: Open) -> None:
    filled = fill(opened.desk, words=MARKUP)
    owner(opened)
    shown = set()
    for path in [*OF_THE_OWNER, *pages_of(filled)]:
        opened.go(path)
        if MARKUP in opened.page.locator("body").inner_text():
            shown.add(path)
        assert opened.page.locator("main img").count() == 0, path
        assert opened.page.evaluate(
            "[...document.scripts].every(s => s.src.includes('/assets/'))"
        ), path
    assert {"/", "/held", "/texts", "/comments", "/people"} <= shown
    assert {f"/leads/{lead_id}" for lead_id in filled.leads.values()} <= shown
    opened.go("/search")
    opened.page.get_by_role("searchbox").fill(MARKUP)
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_load_state()
    assert opened.page.get_by_role("searchbox").input_value() == MARKUP
    assert complaints(opened) == []
