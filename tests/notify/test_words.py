"""The words of an alert: enough for a glance, nothing that a patient said."""

import doctest
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from notify import phones, standing, wording, words
from notify.states import ESCALATION, FOLLOW_UP, MISSED, REMINDER
from notify.words import GSM_7, Facts, Item, Occasion, Worded, facts, gsm_7
from tests.notify.builders import a_directory

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 22, 2, 31, tzinfo=UTC)


def about(**changes: Any) -> Facts:
    known: dict[str, Any] = {
        "clinic": "envista",
        "location": "shafter",
        "kind": "appointment",
        "reference": "K7QF2MPD",
        "received_at": AT,
        "again": False,
    }
    return facts(a_directory(), **known | changes)


def word(channel: str, facts_of_it: Facts, link: str = "", **more: Any) -> Worded:
    number = more.pop("number", None)
    item = Item(about=facts_of_it, link=link, number=number)
    return wording.word(channel, item, Occasion(**more))


def test_a_text_says_where_what_and_which() -> None:
    assert word("sms", about()).text == "Shafter: new appointment request, K7QF 2MPD."


def test_a_second_plea_is_louder() -> None:
    again = about(again=True)
    assert word("sms", again).text.startswith("Shafter: ASKED AGAIN, appointment request, K7QF")
    email = word("email", again)
    assert email.subject == "ASKED AGAIN: appointment request · Shafter · K7QF 2MPD"
    assert "ASKED AGAIN" in email.html
    assert "still waiting" in email.text


def test_an_email_says_the_same_in_both_forms() -> None:
    email = word("email", about(kind="contact"))
    assert email.subject == "New contact request · Shafter · K7QF 2MPD"
    for form in (email.text, email.html):
        for part in ("Envista Medical", "Shafter", "K7QF 2MPD", "November 21, 2026, 6:31 PM PST"):
            assert part in form


def test_names_are_escaped_in_html() -> None:
    email = word("email", about(location="<b>x", clinic="a & b"))
    assert "<b>" not in email.html
    assert "a &amp; b" in email.html
    assert "a & b" in email.text


@pytest.mark.parametrize("length", [1, 20, 60, 200])
@pytest.mark.parametrize("again", [True, False])
def test_a_text_fits_one_segment_whatever_the_names(length: int, again: bool) -> None:  # noqa: FBT001
    name = ("Peña’s Żółć 診所 " * 20)[:length]
    text = word("sms", about(location=name, clinic=name, again=again)).text
    assert len(text) <= 160
    assert set(text) <= GSM_7
    assert "K7QF 2MPD" in text


LINK = "https://desk.frontdesk-clinics.example/alerts/a/abcdefghijkLMNOP"


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("clinics/*/clinic.toml")), ids=lambda p: p.parts[-2]
)
def test_with_a_link_a_text_for_each_demo_location_is_one_segment(
    path: Path,
    again: bool,  # noqa: FBT001
) -> None:
    clinic = tomllib.loads(path.read_text())
    for place in clinic.get("locations", []):
        named = replace(about(again=again), location=place["name"], clinic=clinic["name"])
        text = word("sms", named, LINK).text
        assert len(text) <= 160
        assert set(text) <= GSM_7
        assert text.startswith(f"{gsm_7(place['name'])}: ")
        assert text.endswith(f"K7QF 2MPD. {LINK}")


def demo_locations() -> list[str]:
    files = [tomllib.loads(path.read_text()) for path in ROOT.glob("clinics/*/clinic.toml")]
    return sorted(place["name"] for clinic in files for place in clinic.get("locations", []))


@pytest.mark.parametrize("kind", [ESCALATION, REMINDER, FOLLOW_UP, MISSED])
@pytest.mark.parametrize("location", demo_locations())
def test_whatever_it_is_sent_for_a_text_is_one_segment_at_each_demo_location(
    location: str, kind: str
) -> None:
    named = replace(about(again=True), location=location)
    text = word("sms", named, LINK, number=99, kind=kind, holder="June Harlan").text
    assert len(text) <= 160
    assert set(text) <= GSM_7
    assert text.startswith(f"{gsm_7(location)}: ")
    assert f"K7QF 2MPD. {LINK}" in text
    assert "Reply 99" in text


@pytest.mark.parametrize("count", [2, 9, 40])
@pytest.mark.parametrize("location", demo_locations())
def test_a_text_about_several_is_one_segment_at_each_demo_location(
    location: str, count: int
) -> None:
    named = replace(about(), location=location)
    items = [Item(about=named, link=LINK, number=n + 1) for n in range(count)]
    text = wording.word_together("sms", items, "https://desk.frontdesk-clinics.example").text
    assert len(text) <= 160
    assert set(text) <= GSM_7
    assert text.startswith(f"{gsm_7(location)}: {count} requests since closing.")


@pytest.mark.parametrize("length", [1, 20, 60, 200])
def test_a_link_is_never_cut(length: int) -> None:
    name = ("Peña’s Żółć 診所 " * 20)[:length]
    text = word("sms", about(location=name, clinic=name, again=True), LINK).text
    assert len(text) <= 160
    assert set(text) <= GSM_7
    assert text.endswith(LINK)


def test_a_text_says_where_to_take_it_and_by_which_number() -> None:
    said = f"Shafter: new appointment request, K7QF 2MPD. {LINK}"
    assert word("sms", about(), LINK).text == said
    assert word("sms", about(), LINK, number=4).text == (
        f"{said} Reply 4: I have it, 4N: not mine, 4Y: reached"
    )
    again = about(again=True)
    assert word("sms", again, LINK, number=14).text.endswith(
        f"{LINK} Reply 14: I have it, 14N: not mine"
    )


def test_an_email_has_one_button() -> None:
    email = word("email", about(), LINK)
    assert email.html.count("<a ") == 1
    assert f'<a href="{LINK}">I have it</a>' in email.html
    assert f"I have it:  {LINK}" in email.text
    assert "<a " not in word("email", about()).html


def test_without_a_directory_there_are_slugs_and_utc() -> None:
    unknown = facts(
        None,
        clinic="envista",
        location="shafter",
        kind="fax",
        reference="K7QF2MPD",
        received_at=AT,
        again=False,
    )
    assert word("sms", unknown).text == "shafter: new request, K7QF 2MPD."
    assert "Sun, November 22, 2026, 2:31 AM UTC" in word("email", unknown).text


def test_the_examples_in_the_docstrings_hold() -> None:
    for module in (words, phones, standing):
        assert doctest.testmod(module).failed == 0
