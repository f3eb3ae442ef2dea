"""The page about privacy says how long what people send is kept, as the clinic's file has it."""

import pytest
from bs4 import BeautifulSoup

from content.building import build_sites
from content.sites import Addresses
from tests.content.conftest import Group

WAITS = "A request that still waits for our answer is kept until it has one."


def privacy(group: Group, language: str = "") -> str:
    build_sites(group.catalog(), group.sites, Addresses())
    path = group.sites / "hosts" / "north.example" / "current" / language / "privacy/index.html"
    return BeautifulSoup(path.read_text(), "html.parser").find("main").text


@pytest.mark.parametrize(
    ("keep", "says"),
    [
        ("", ["We delete a request 2 years after we last dealt with it.", WAITS, "30 days."]),
        ("contact_days = 90\nappointment_days = 90", ["a request 90 days after we last"]),
        (
            "contact_days = 90\nappointment_days = 365",
            ["request for an appointment 1 year after", "any other request 90 days after", WAITS],
        ),
        (
            "contact_days = 0\nappointment_days = 400",
            ["an appointment 400 days after", "keep any other request until you ask us to erase"],
        ),
        ("contact_days = 0\nappointment_days = 0", ["We keep a request until you ask us"]),
    ],
)
def test_how_long_requests_are_kept_is_said(group: Group, keep: str, says: list[str]) -> None:
    group.change("north/clinic.toml", "[forms]", f"[keep]\n{keep}\n[forms]")
    shown = privacy(group)
    for sentence in says:
        assert sentence in shown
    if "days = 0" in keep and "400" not in keep:
        assert WAITS not in shown


def test_it_is_said_in_spanish_on_the_spanish_page(group: Group) -> None:
    group.change("north/clinic.toml", "[forms]", 'languages = ["en", "es"]\n\n[forms]')
    assert "Borramos una solicitud 2 años después" in privacy(group, "es")


def without_forms(group: Group) -> None:
    group.change("north/clinic.toml", "contact = true\nappointment = true", "contact = false")


def test_a_clinic_with_comments_alone_speaks_of_comments_alone(group: Group) -> None:
    without_forms(group)
    group.change("north/clinic.toml", "[forms]", "[forms]\ncomments = true")
    shown = privacy(group)
    assert "stays below its article until you ask us to take it away" in shown
    assert "we do not show is deleted after 1 year" in shown
    assert "request" not in shown.lower()


def test_a_clinic_that_takes_nothing_speaks_of_no_keeping(group: Group) -> None:
    without_forms(group)
    assert "How long" not in privacy(group)
