"""What a screen reader says of each form, in which order, and what axe finds in it: nothing.

The trees in `golden/` are written anew with UPDATE_GOLDEN=1; read them aloud before you commit.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from leads.comments.box import CommentBox, NotKept
from leads.intake import Intake, NotTaken
from tests.forms.conftest import Clinics, a_page
from tests.forms.test_sending import fill, reference, send

GOLDEN = Path(__file__).parent / "golden"
AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PHONE = (
    "Phone number | Needed for a call or a text. Error: Enter a phone number where we can reach you"
)
MESSAGE = (
    "How can we help? | A few words are enough, 2,000 characters at most. Leave out card and ID"
    " numbers. Error: Enter your message"
)
IN_SPANISH = ("contact", "contact-wrong", "someone-else", "days", "not-kept", "thanks")
READ_ALOUD = ("contact", "contact-wrong", "someone-else", "days", "not-kept")
WIDTHS = (320, 375, 1280)
OPENED = ("contact", "choose", "appointment")


def opened(page: Page, clinics: Clinics, name: str, prefix: str = "") -> None:
    path, clinic = {
        "contact": ("/contact/", "north"),
        "choose": ("/contact/", "south"),
        "appointment": ("/locations/easton/appointment/", "south"),
    }[name]
    page.goto(clinics.url(prefix + path, clinic))


def someone_else(page: Page, clinics: Clinics, prefix: str) -> None:
    opened(page, clinics, "contact", prefix)
    page.check("[name=reply_by][value=text]")
    page.locator("details summary").click()
    page.check("[name=for]")


def days(page: Page, clinics: Clinics, prefix: str) -> None:
    opened(page, clinics, "appointment", prefix)
    page.check("[name=when][value=days]")


def wrong(name: str) -> Callable[[Page, Clinics, str], None]:
    def state(page: Page, clinics: Clinics, prefix: str) -> None:
        opened(page, clinics, name, prefix)
        send(page)
        page.locator(".error-summary").wait_for()

    return state


def offline(page: Page, clinics: Clinics, prefix: str) -> None:
    opened(page, clinics, "contact", prefix)
    fill(page, "offline for readers")
    page.context.set_offline(True)
    send(page)
    page.locator(".error-summary").wait_for()
    page.context.set_offline(False)


def not_kept(page: Page, clinics: Clinics, prefix: str) -> None:
    """The database is away and so is the disk."""
    opened(page, clinics, "contact", prefix)
    fill(page, "words that are still here")
    with patch.object(Intake, "take", side_effect=NotTaken):
        send(page)
        page.locator(".error-summary").wait_for()
    assert page.input_value("[name=message]") == "words that are still here"


def comment(page: Page, clinics: Clinics, prefix: str) -> None:
    page.goto(clinics.url(f"{prefix}/articles/sore-back/"))


def comment_wrong(page: Page, clinics: Clinics, prefix: str) -> None:
    comment(page, clinics, prefix)
    page.fill("[name=email]", "no address")
    send(page)
    page.locator(".error-summary").wait_for()


def comment_not_kept(page: Page, clinics: Clinics, prefix: str) -> None:
    comment(page, clinics, prefix)
    typed = {"name": "Ana", "email": "ana@example.com", "message": "It helped me."}
    for name, value in typed.items():
        page.fill(f"[name={name}]", value)
    with patch.object(CommentBox, "take", side_effect=NotKept):
        send(page)
        page.locator(".error-summary").wait_for()
    assert {name: page.input_value(f"[name={name}]") for name in typed} == typed


def thanks(page: Page, clinics: Clinics, prefix: str) -> None:
    opened(page, clinics, "contact", prefix)
    fill(page, f"thanks for readers {prefix}")
    send(page)
    reference(page)


STATES: dict[str, Callable[[Page, Clinics, str], None]] = {
    **{name: (lambda page, clinics, prefix, name=name: opened(page, clinics, name, prefix))
       for name in OPENED},
    **{f"{name}-wrong": wrong(name) for name in OPENED},
    "someone-else": someone_else,
    "days": days,
    "offline": offline,
    "not-kept": not_kept,
    "comment": comment,
    "comment-wrong": comment_wrong,
    "comment-not-kept": comment_not_kept,
    "thanks": thanks,
    "no-receipt": lambda page, clinics, _prefix: page.goto(clinics.url("/thanks/")),  # type: ignore[dict-item]
}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "prefix"),
    [*((state, "") for state in STATES), *((state, "/es") for state in IN_SPANISH)],
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    page: Page, clinics: Clinics, state: str, prefix: str
) -> None:
    STATES[state](page, clinics, prefix)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found = Axe().run(page, options=AA).response["violations"]
        assert found == [], json.dumps(found, indent=1)[:3000]
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_nothing_at_night(browser: Browser, clinics: Clinics) -> None:
    for page in a_page(browser, color_scheme="dark"):
        for state in ("choose-wrong", "someone-else", "thanks"):
            STATES[state](page, clinics, "")
            found = Axe().run(page, options=AA).response["violations"]
            assert found == [], json.dumps(found, indent=1)[:3000]


@pytest.mark.parametrize(
    ("state", "language"),
    [
        *((state, language) for state in READ_ALOUD for language in ("en", "es")),
        ("comment-wrong", "en"),
    ],
)
def test_a_screen_reader_is_told_what_stands_in_the_golden_file(
    page: Page, clinics: Clinics, state: str, language: str
) -> None:
    STATES[state](page, clinics, "" if language == "en" else "/es")
    tree = page.locator("main").aria_snapshot() + "\n"
    file = GOLDEN / f"{state}.{language}.yml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(tree)
    assert tree == file.read_text()


def test_the_tab_key_meets_the_questions_in_the_order_in_which_they_are_read(
    page: Page, clinics: Clinics
) -> None:
    """Walked, not looked at: what is spoken at each stop, by role, name, description and state."""
    wrong("contact")(page, clinics, "")
    page.locator(".error-summary").focus()
    spoken = []
    session = page.context.new_cdp_session(page)
    for _ in range(20):
        page.keyboard.press("Tab")
        handle = session.send("Runtime.evaluate", {"expression": "document.activeElement"})
        [node, *_more] = session.send(
            "Accessibility.getPartialAXTree",
            {"objectId": handle["result"]["objectId"], "fetchRelatives": False},
        )["nodes"]
        about = node.get("description", {}).get("value", "")
        spoken.append(" | ".join(filter(None, [node["name"]["value"], about])))
        if page.evaluate("document.activeElement.type") == "submit":
            break
    assert spoken == [
        "Enter your full name",
        "Enter a phone number where we can reach you",
        "Enter your message",
        "Call (559) 555-0101",
        "Your name | Error: Enter your full name",
        "Phone",
        PHONE,
        "Email address | Needed for an answer by email.",
        MESSAGE,
        "Writing for someone else, or prefer another language?",
        "Privacy",
        "Send request",
    ]


def test_every_target_is_large_enough_for_a_thumb(page: Page, clinics: Clinics) -> None:
    """44 px for what a form is filled in with; links inside a sentence are exempt (WCAG 2.5.8)."""
    someone_else(page, clinics, "")
    small = page.evaluate(
        """() => [...document.querySelectorAll(`form label.choice, form input:not([type=hidden],
        [type=radio], [type=checkbox]), form select, form textarea, form button, form summary`)]
        .filter((e) => e.checkVisibility() && !e.closest('.trap'))
        .map((e) => [e.name || e.textContent.trim(), Math.round(e.getBoundingClientRect().height)])
        .filter(([, height]) => height < 44)"""
    )
    assert small == []


def test_a_contact_request_at_one_location_shows_at_most_seven_controls(
    page: Page, clinics: Clinics
) -> None:
    """A group of radios is one control; so are a button and what unfolds more questions."""

    def shown() -> set[str]:
        names = page.evaluate(
            """() => [...document.querySelectorAll(`form :is(input, select, textarea, button,
            summary)`)].filter((e) => e.checkVisibility() && e.type !== 'hidden')
            .filter((e) => !e.closest('.trap'))
            .map((e) => e.name || e.localName)"""
        )
        return set(names)

    opened(page, clinics, "contact")
    assert shown() == {"name", "reply_by", "phone", "email", "message", "summary", "button"}
    for way, more in (
        ("phone", {"phone", "consent_voicemail"}),
        ("text", {"phone", "consent_text"}),
        ("email", {"email"}),
    ):
        page.check(f"[name=reply_by][value={way}]")
        assert shown() == {"name", "reply_by", "message", "summary", "button"} | more
        assert len(shown()) <= 7
