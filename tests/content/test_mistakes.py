"""Every mistake of every file is reported at once, with its line and what to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from content.colors import contrast
from content.locate import key_lines
from tests.content.conftest import ARTICLE, CLINIC, Group

ROOT = Path(__file__).parents[2]


def test_a_clinic_without_mistakes_has_none(group: Group) -> None:
    assert group.mistakes() == []


def test_the_demo_clinics_have_no_mistakes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "content", "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if "review was due" not in line]
    assert (done.returncode, lines, done.stderr) == (0, [], "")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('name = "North', 'nmae = "North', 1, "unknown key 'nmae'; did you mean 'name'?"),
        ('"north.example"', '"North.example:80"', 2, "is not a plain host name; write 'north."),
        ('"north.example"', '"north"', 2, "'north' is no host name"),
        ('"north.example"', '"north.localhost"', 2, "is kept for the demo"),
        ("555-0101", "555-01", 3, "is not a US phone number"),
        ("contact = true", 'contact = "yes"', 6, "write true or false"),
        ('slug = "weston"', 'slug = "Weston!"', 13, "is no slug"),
        ('state = "CA"', 'state = "Calif"', 16, "is no state"),
        ("America/Los_Angeles", "America/Fresno", 17, "is no time zone"),
        ('"08:00-12:00", ', '"08:00-13:30", ', 20, "overlaps"),
        ('"08:00-12:00", ', '"8-12", ', 20, "is no span of hours"),
        ('"08:00-12:00", ', '"25:00-26:00", ', 20, "is no time of day"),
        ('"13:00-17:00"', '"17:00-13:00"', 20, "swap the times"),
        ("mon = ", "moon = ", 20, "unknown key 'moon'"),
        ("[reasons]\n", "[reasons\n", 9, "correct the TOML"),
        ('[reasons]\npain = "Pain"\n', "", 7, "no reasons to choose"),
        ("[forms]", '[theme]\nink = "#999999"\n[forms]', 6, "has a contrast of"),
        ("[forms]", '[theme]\nbrand = "green"\n[forms]', 6, "'green' is no color"),
    ],
)
def test_a_mistake_in_the_clinic_file_is_named_with_its_line(
    group: Group, old: str, new: str, line: int, says: str
) -> None:
    group.change("north/clinic.toml", old, new)
    found = next(m for m in group.mistakes() if says in m)
    assert found.startswith(f"north/clinic.toml:{line}: ")


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("a.md", "No front matter", 1, "has no front matter"),
        ("a.md", '+++\ntitle = "T"\n+++\nText', 1, "description is missing"),
        ("a.md", ARTICLE.replace("/locations/)", "/nowhere/)"), 10, "leads nowhere"),
        ("a.md", ARTICLE.replace("/locations/)", "#nowhere)"), 10, "leads nowhere"),
        ("a.md", ARTICLE.replace("## When", "# When"), 8, "a heading with one #"),
        ("a.md", ARTICLE.replace("Keep", "::: hlep\nKeep"), 6, "opens no block"),
        ("a.md", ARTICLE.encode() + b"\n\xff", 12, "is not UTF-8 text"),
        ("a.md", ARTICLE + "x" * 1024 * 1024, 1, "is over 1 MiB"),
        ("A b.md", ARTICLE, 1, "cannot be an address"),
        ("a.txt", ARTICLE, 1, "is not a Markdown file"),
        ("a.md", ARTICLE.replace("+++\n\n", 'related = ["gone"]\n+++\n\n'), 2, "'gone' is missing"),
    ],
)
def test_a_mistake_in_an_article_is_named_with_its_line(
    group: Group, name: str, text: str | bytes, line: int, says: str
) -> None:
    group.write(f"north/articles/{name}", text)
    [found] = group.mistakes()
    assert found.startswith(f"north/articles/{name}:{line}: ")
    assert says in found


def test_the_mistakes_of_all_files_come_at_once(group: Group) -> None:
    group.change("north/clinic.toml", '"CA"', '"C"')
    group.write("north/articles/broken.md", "nothing")
    group.write("south/clinic.toml", "name = \n")
    group.write("south/artcles/lost.md", ARTICLE)
    assert {mistake.split(":")[0] for mistake in group.mistakes()} == {
        "north/articles/broken.md",
        "north/clinic.toml",
        "south/artcles",
        "south/clinic.toml",
    }


def test_a_host_belongs_to_one_clinic(group: Group) -> None:
    group.write("south/clinic.toml", CLINIC)
    [found] = group.mistakes()
    assert found.startswith("south/clinic.toml:2: 'north.example' is already a host of north")


def test_forms_need_a_location_that_answers(group: Group) -> None:
    group.write("north/clinic.toml", CLINIC.split("[[locations]]")[0])
    assert any("contact is on, but the clinic has no location" in m for m in group.mistakes())


def test_a_mistake_in_a_draft_is_reported_and_holds_nothing_back(group: Group) -> None:
    group.write("north/drafts/new.md", ARTICLE.replace("/locations/", "/nowhere/"))
    assert len(group.mistakes()) == 1
    assert [clinic.slug for clinic in group.catalog().publishable()] == ["north"]


def test_check_exits_with_1_and_prints_each_mistake(group: Group) -> None:
    group.change("north/clinic.toml", '"CA"', '"C"')
    done = subprocess.run(
        [sys.executable, "-m", "content", "check", "--clinics-dir", group.clinics],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "clinic.toml:16: 'C' is no state; write two capital letters, like CA" in done.stdout


def test_a_key_is_found_after_values_of_many_lines() -> None:
    text = 'a = [\n "]", # ]\n "x"]\nb = """\n[c]\n"""\n[[d]]\n[[d]]\n[d.e]\nf.g = 1\n'
    lines = key_lines(text)
    assert (lines["b",], lines["d", 1], lines["d", 1, "e", "f", "g"]) == (4, 8, 10)
    assert ("c",) not in lines


def test_contrast_is_that_of_the_accessibility_guidelines() -> None:
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54
