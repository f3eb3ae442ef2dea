"""The forms: all fields, one source for the static page and for what leads fills in."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from content.building import build_sites
from content.sites import Addresses
from plumbing.forms import form_environment
from tests.content.conftest import CLINIC, Group

SECOND = """
[[locations]]
slug = "easton"
name = "Easton"
city = "Easton"
state = "CA"
zone = "America/Los_Angeles"
[locations.hours]
tue = ["09:00-12:00"]
"""
EVERY_KIND = {
    "kind", "language", "form", "location", "name", "phone", "email", "message", "reply_by",
    "consent_text", "consent_voicemail", "for", "patient_name", "relationship", "speaks",
    "page", "topic_code",
}  # fmt: skip
APPOINTMENT = {"reason", "patient", "when"} | {
    f"preferred_{what}_{number}" for what in ("date", "part") for number in (1, 2, 3)
}


def built(group: Group) -> Path:
    build_sites(group.catalog(), group.sites, Addresses())
    return group.sites / "hosts" / "north.example" / "current"


def filled(folder: Path, name: str, **given: object) -> BeautifulSoup:
    text = (folder / "_forms" / name).read_text()
    return BeautifulSoup(form_environment().from_string(text).render(given), "html.parser")


def test_what_is_not_read_at_all_is_said_in_the_clinics_look(group: Group) -> None:
    page = filled(built(group), "refused.html", reason="It came from <elsewhere>.")
    assert page.h1.text == "Your request was not sent"
    assert "It came from <elsewhere>." in page.find("main").text
    assert page.find("main").find("a", href="tel:+15595550101")
    assert "North Clinic" in page.text


def names(page: BeautifulSoup) -> set[str]:
    return {str(field["name"]) for field in page.select("form [name]")}


def visible_controls(page: BeautifulSoup) -> list[str]:
    fields = [f for f in page.select("form [name]") if f.get("type") != "hidden"]
    shown = [f for f in fields if not f.find_parent("details") and not f.find_parent(class_="trap")]
    found = ["consents" if str(f["name"]).startswith("consent") else str(f["name"]) for f in shown]
    return list(dict.fromkeys([*found, "send"]))


@pytest.mark.parametrize(
    ("kind", "fields"), [("contact", EVERY_KIND), ("appointment", EVERY_KIND | APPOINTMENT)]
)
def test_a_form_has_every_field(group: Group, kind: str, fields: set[str]) -> None:
    assert names(filled(built(group), f"{kind}.html")) == fields


def test_the_contact_form_of_one_location_asks_at_most_seven_things(group: Group) -> None:
    assert visible_controls(filled(built(group), "contact.html")) == [
        "name",
        "reply_by",
        "phone",
        "email",
        "consents",
        "message",
        "send",
    ]


def test_where_there_are_more_locations_the_patient_chooses_or_gives_a_town(group: Group) -> None:
    group.write("north/clinic.toml", CLINIC + SECOND)
    folder = built(group)
    form = filled(folder, "contact.html")
    values = [str(field["value"]) for field in form.select('[name="location"]')]
    assert values == ["weston", "easton", ""]
    assert not form.select('[name="location"][checked]')
    assert form.select('[name="town"]')
    at_easton = filled(folder, "contact@easton.html")
    assert [f["value"] for f in at_easton.select('[name="location"]')] == ["easton"]


def test_the_static_page_is_the_template_with_nothing_filled_in(group: Group) -> None:
    folder = built(group)
    page = BeautifulSoup((folder / "contact" / "index.html").read_text(), "html.parser")
    assert page.decode() == filled(folder, "contact.html", values={}).decode()
    assert page.title is not None
    assert not page.title.text.startswith("Error")
    assert not page.select(".error-summary:not(template *), .error, [aria-invalid]")


def test_what_was_typed_is_kept_and_what_is_wrong_is_said_twice(group: Group) -> None:
    errors = {"name": "Enter your full name", "reply_by": "Choose how we should answer"}
    typed = {
        "message": '"><script>& “quoted”',
        "email": "a@b.example",
        "consent_text": "1",
        "for": "someone_else",
        "relationship": "spouse",
        "when": "days",
        "preferred_date_1": "next Friday",
        "preferred_date_2": "2026-12-04",
        "preferred_part_2": "evening",
        "reason": "pain",
    }
    page = filled(
        built(group),
        "appointment.html",
        values=typed,
        errors=errors,
        error_list=list(errors.items()),
    )
    assert page.title is not None
    assert page.title.text.startswith("Error: ")
    for link in page.select(".error-summary:not(template *) a"):
        target = page.select_one(str(link["href"]))
        assert target is not None
        assert target.name == "input"
    wrong = page.select_one("#name")
    assert wrong is not None
    assert wrong["aria-invalid"] == "true"
    described = page.select_one(f"#{str(wrong['aria-describedby']).split()[-1]}")
    assert described is not None
    assert "Enter your full name" in described.text
    assert kept(page, "message") == typed["message"]
    assert {name: kept(page, name) for name in typed} == typed
    first = page.select_one("#preferred_date_1")
    assert first is not None
    assert first["type"] == "text"  # a date field would lose the words
    details = page.select_one("details")
    assert details is not None
    assert details.has_attr("open")


def kept(page: BeautifulSoup, name: str) -> str:
    field = page.select_one(f'textarea[name="{name}"]')
    if field is not None:
        return field.text
    chosen = page.select_one(f'[name="{name}"] option[selected]')
    ticked = page.select_one(f'[name="{name}"][checked]')
    return str((chosen or ticked or one(page, name))["value"])


def one(page: BeautifulSoup, name: str) -> Tag:
    found = page.select_one(f'[name="{name}"]')
    assert found is not None
    return found


def test_a_notice_comes_with_the_phone(group: Group) -> None:
    page = filled(built(group), "contact.html", notice="Your request was not sent.")
    summary = page.select_one(".error-summary")
    assert summary is not None
    assert "not sent" in summary.text
    assert summary.select('a[href="tel:+15595550101"]')


def test_every_field_has_a_label(group: Group) -> None:
    page = filled(built(group), "appointment.html")
    for field in page.select("form input:not([type=hidden]), form select, form textarea"):
        label = page.select(f'label[for="{field.get("id")}"]') or field.find_parent("label")
        assert label, field


def test_the_emergency_notice_comes_before_the_form(group: Group) -> None:
    text = filled(built(group), "contact.html").text
    assert text.index("911") < text.index("Your name")


def test_the_trap_is_hidden_from_people_and_from_screen_readers(group: Group) -> None:
    trap = one(filled(built(group), "contact.html"), "topic_code")
    assert trap["tabindex"] == "-1"
    assert trap["autocomplete"] == "off"
    assert trap.find_parent(attrs={"aria-hidden": "true"})


def test_the_version_of_a_form_changes_with_its_words_only(group: Group) -> None:
    before = one(filled(built(group), "appointment.html"), "form")["value"]
    group.change("north/clinic.toml", "555-0101", "555-0102")
    assert one(filled(built(group), "appointment.html"), "form")["value"] == before
    group.change("north/clinic.toml", 'pain = "Pain"', 'pain = "New pain"')
    assert one(filled(built(group), "appointment.html"), "form")["value"] != before


def test_no_text_of_a_clinic_can_forge_a_gap(group: Group) -> None:
    group.change("north/clinic.toml", '"Pain"', '"<?= values ?> {{ 7*7 }} <?% raw %?>"')
    page = filled(built(group), "appointment.html", values={"name": "typed"})
    option = page.select_one('option[value="pain"]')
    assert option is not None
    assert option.text == "<?= values ?> {{ 7*7 }} <?% raw %?>"


def test_s2_1_a_clinic_by_phone_only_has_no_form_anywhere(group: Group) -> None:
    group.change("north/clinic.toml", "contact = true\nappointment = true", "contact = false")
    folder = built(group)
    assert not list(folder.rglob("appointment*"))
    assert not any("<form" in path.read_text() for path in folder.rglob("*.html"))
    assert "When the phone is answered" in (folder / "contact" / "index.html").read_text()


def test_thanks_shows_the_promise_or_makes_none(group: Group) -> None:
    folder = built(group)
    [location] = group.catalog().clinics[0].locations
    page = filled(
        folder,
        "thanks.html",
        valid=True,
        kind="contact",
        reference="K7PW3MXA",
        location=location,
        promise="Weston calls you by noon.",
    )
    assert "K7PW 3MXA" in page.text
    assert "Weston calls you by noon." in page.text
    assert page.select('main a[href="tel:+15595550101"]')
    empty = filled(folder, "thanks.html", valid=False, reference="", location=None, promise="")
    assert "We have your request" not in empty.text
