"""The board of content health, and the same as text."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from content.building import build_sites
from content.health import health_of
from content.numbers import numbers_in
from content.rollback import roll_back
from content.sites import Addresses
from content.table import health_page
from tests.content.conftest import Group

ADVICE = """\
+++
title = "A sore neck"
description = "What helps."
without_help_now = "It only lists exercises."
+++

::: do
- Warmth for 15 minutes, every 2 hours.
:::

About 8 of 10 people have it once. [Back](/articles/later/)
"""
LATER = """\
+++
title = "Later"
description = "Soon."
publish = 2027-01-01
+++

Some say 85% of people have it.
"""
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def sick(group: Group) -> Group:
    """A clinic with one of everything that a person should look at."""
    group.write("north/articles/later.md", LATER)
    group.attest(group.write("north/articles/neck.md", ADVICE), due=date(2026, 5, 1))
    return group


def test_a_review_that_is_overdue_leads_the_board(sick: Group) -> None:
    health = health_of(sick.catalog(), NOW)
    [overdue] = health.of_state("overdue")
    assert (overdue.title, overdue.due) == ("A sore neck", date(2026, 5, 1))
    [waits] = health.of_state("waits")
    assert waits.title == "Later"
    assert waits.why.startswith("It is scheduled for January 1, 2027")
    before = health_of(sick.catalog(), datetime(2026, 4, 1, tzinfo=UTC))
    assert [review.title for review in before.of_state("soon")] == ["A sore neck"]


def test_numbers_that_contradict_each_other_stand_side_by_side(sick: Group) -> None:
    told = health_of(sick.catalog(), NOW).numbers
    shares = [entry.number.written for entry in told if entry.number.unit == "percent"]
    assert shares == ["8 of 10", "85%"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ice for 20 minutes.", [("minutes", 20.0, "20 minutes")]),
        ("48 to 72 hours", [("hours", 48.0, "48 to 72 hours")]),
        ("two or three weeks", [("weeks", 2.0, "two or three weeks")]),
        ("1,000 mg", [("mg", 1000.0, "1,000 mg")]),
        ("8 out of every 10 people", [("percent", 80.0, "8 out of every 10")]),
        ("Call 911. In 2010 we moved.", []),
        ("someone daydreams", []),
    ],
)
def test_a_number_needs_a_unit(text: str, found: list[tuple[str, float, str]]) -> None:
    numbers = numbers_in(f"<p>{text}</p>")
    assert [(number.unit, number.value, number.written) for number in numbers] == found


def test_missing_help_and_dead_links_are_listed_with_their_files(sick: Group) -> None:
    health = health_of(sick.catalog(), NOW)
    [missing] = health.missing_help
    assert (Path(missing.path).name, missing.what) == ("neck.md", "It only lists exercises.")
    [dead] = health.dead_links
    assert (Path(dead.path).name, dead.line) == ("neck.md", 11)
    assert dead.what == "leads to /articles/later/, which is not public"


def test_placements_that_only_swap_the_town_are_called_alike(group: Group) -> None:
    words = " ".join(f"word{number}" for number in range(60))
    group.write_library(
        "long",
        f'+++\ntitle = "x"\ndescription = "x"\ncondition = false\n+++\n{words} {{{{town: x}}}}.\n',
    )
    clinic = (group.clinics / "north" / "clinic.toml").read_text()
    group.write("south/clinic.toml", clinic.replace("north", "south").replace("Weston", "Easton"))
    for slug in ("north", "south"):
        group.write(f"{slug}/placements/long.md", '+++\narticle = "long"\n+++\n')
    [pair] = health_of(group.catalog(), NOW).alike
    assert (pair.article, pair.share > 0.9) == ("long", True)
    group.write("south/placements/long.md", '+++\narticle = "long"\ncanonical = "noindex"\n+++\n')
    assert health_of(group.catalog(), NOW).alike == ()


def test_the_board_says_so_when_all_is_well(group: Group) -> None:
    page = BeautifulSoup(health_page(group.catalog(), NOW), "html.parser").get_text()
    assert "Every article with clinical blocks is reviewed" in page
    assert "Every link inside the sites leads to a public page." in page
    assert "No article tells a number." in page


def test_the_command_prints_the_board_and_what_a_rollback_holds(sick: Group) -> None:
    build_sites(sick.catalog(), sick.sites, Addresses())
    sick.change("north/clinic.toml", "North Clinic", "Another name")
    build_sites(sick.catalog(), sick.sites, Addresses())
    roll_back(sick.sites, "north.example")
    folders = [
        "--clinics-dir",
        sick.clinics,
        "--library-dir",
        sick.library,
        "--sites-dir",
        sick.sites,
    ]
    done = subprocess.run(
        [sys.executable, "-m", "content", "health", *map(str, folders)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "minutes: 15 minutes | Warmth for 15 minutes, every 2 hours." in done.stdout
    assert "rollback north.example --resume" in done.stdout
