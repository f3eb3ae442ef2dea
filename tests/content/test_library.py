"""One article of the library on many clinics: tokens, local parts, locked blocks, links."""

import io
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from content.building import build_sites
from content.catalog import read_catalog
from content.markdown import render
from content.reading import Reader
from content.sites import Addresses
from content.tokens import Values, joined
from tests.content.conftest import CLINIC, Group

SPASM = """\
+++
title = "Back spasm in {{town: your town}}"
description = "What helps a back spasm."
summary = "Seen every day at {{clinic: our clinic}}."
related = ["heat"]
[[sources]]
title = "Low back pain"
publisher = "A national institute"
year = 2020
+++

People from {{areas or: the towns around}} ask us this. Read [about heat](library:heat).

::: help
Call 911 if a leg goes weak. Else call {{phone: our number}}.
:::

::: do
- Ice for 20 minutes every 2 hours.
:::

::: local where
Our door is open.
:::

::: cta
Talk to {{practitioner: one of us}}.
:::
"""
HEAT = """\
+++
title = "Heat"
description = "Heat."
condition = false
+++

Warmth is pleasant.
"""
PARKING = '+++\ntitle = "Parking"\ndescription = "Where."\n+++\n\nBehind the mill.\n'
PLACED = '+++\narticle = "spasm"\n+++\n'
SOUTH = (
    CLINIC.replace("North", "South")
    .replace("north", "south")
    .replace("Weston", "Easton")
    .replace("weston", "easton")
    .replace('zone = "Am', 'towns = ["Milltown", "Ford", "Easton", "93299"]\nzone = "Am')
    .replace("0101", "0177")
)


@pytest.fixture
def placed(group: Group) -> Group:
    """One article, on two clinics."""
    group.write_library("heat", HEAT)
    group.attest(group.write_library("spasm", SPASM))
    group.write("south/clinic.toml", SOUTH)
    group.write("north/placements/spasm.md", PLACED)
    group.write(
        "south/placements/any.md",
        '+++\narticle = "spasm"\nslug = "back-spasm"\nintro = "Ask in {{town: town}}."\n+++\n\n'
        "::: local where\nOur door is behind the mill.\n:::\n\nOnly here.\n",
    )
    return group


def page(group: Group, clinic: str, path: str) -> BeautifulSoup:
    build_sites(group.catalog(), group.sites, Addresses())
    folder = group.sites / "hosts" / f"{clinic}.example" / "current"
    return BeautifulSoup((folder / path / "index.html").read_text(), "html.parser")


def test_one_article_reads_locally_on_each_clinic(placed: Group) -> None:
    assert placed.mistakes() == []
    north, south = (
        page(placed, "north", "articles/spasm"),
        page(placed, "south", "articles/back-spasm"),
    )
    assert north.h1.get_text() == "Back spasm in Weston"
    assert south.h1.get_text() == "Back spasm in Easton"
    assert "Seen every day at North Clinic." in north.get_text()
    assert "Ask in Easton." in south.get_text()
    assert "Our door is open." in north.get_text()
    assert "Our door is behind the mill." in south.get_text()
    assert "Our door is open." not in south.get_text()
    assert "Only here." in south.get_text()
    assert "A national institute, 2020" in south.get_text()


def test_s0_4_a_town_inside_a_sentence_is_a_token_with_a_fallback(placed: Group) -> None:
    assert "People from the towns around ask" in page(placed, "north", "articles/spasm").get_text()
    south = page(placed, "south", "articles/back-spasm")
    assert "People from Milltown, Ford or Easton ask us" in south.get_text()
    assert south.select_one(".help a[href='tel:+15595550177']").get_text() == "(559) 555-0177"
    assert "Talk to one of us." in south.select_one(".cta").get_text()
    assert south.select_one(".cta a[href='/appointment/?from=/articles/back-spasm/']")


def test_s0_5_times_and_doses_are_the_same_on_every_placement(placed: Group) -> None:
    blocks = {
        str(page(placed, clinic, path).select_one(".do"))
        for clinic, path in (("north", "articles/spasm"), ("south", "articles/back-spasm"))
    }
    assert len(blocks) == 1
    assert "Ice for 20 minutes every 2 hours." in blocks.pop()


def test_s0_5_a_placement_cannot_bring_clinical_blocks_of_its_own(placed: Group) -> None:
    placed.write(
        "north/placements/spasm.md",
        PLACED + "\n:::: local where\n::: do\n- Ice for 90 minutes.\n:::\n::::\n",
    )
    [found] = placed.mistakes()
    assert found.startswith("north/placements/spasm.md:4: a ::: do block in a placement; ")


def test_s1_2_links_between_library_articles_stay_inside_the_clinic(placed: Group) -> None:
    placed.write("south/placements/warmth.md", '+++\narticle = "heat"\n+++\n')
    south = page(placed, "south", "articles/back-spasm")
    assert south.select_one(".prose a[href='/articles/warmth/']").get_text() == "about heat"
    assert south.select_one(".related a[href='/articles/warmth/']")
    north = page(placed, "north", "articles/spasm")
    assert "Read about heat." in north.select_one(".prose").get_text()
    assert not north.select(".related, .prose > p > a[href*='heat']")


def test_s4_3_a_library_article_has_no_address_until_it_is_placed(placed: Group) -> None:
    build_sites(placed.catalog(), placed.sites, Addresses())
    written = [path for path in placed.sites.rglob("*.html") if "pleasant" in path.read_text()]
    assert written == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("{{areas or: the towns around}}", "{{areas or}}", 12, "{{areas or}} has no fallback"),
        ("{{areas or:", "{{area or:", 12, "no token; did you mean 'areas'?"),
        ("{{areas or:", "{{areas nor:", 12, "has a word too many"),
        ("{{areas or: the towns", "{{areas or: the *towns*", 12, "an unfinished token"),
        ("{{phone: our number}}", "`{{phone: x}}`", 15, "a token inside code"),
        ("{{phone: our number}}", "[us](/{{phone:x}}/)", 15, "a token inside an address"),
        ("::: do", "::: doo", 18, "a ::: line that opens no block"),
        ("- Ice for 20", "::: local x\n- Ice for 20", 19, "a local block inside a clinical one"),
        ("::: local where", "::: local", 22, "a local block without a name"),
        ("{{town: your town}}", "{{town}}", 2, "{{town}} has no fallback"),
        ("\n::: help\n", "\n::: note\n", 11, "says when to get help now"),
        ("year = 2020", 'url = "javascript:x"', 9, "is no web address"),
    ],
)
def test_a_mistake_in_the_library_is_named_and_holds_who_places_it(
    placed: Group, old: str, new: str, line: int, says: str
) -> None:
    assert old in SPASM
    placed.write_library("spasm", SPASM.replace(old, new, 1))
    found = [entry for entry in placed.mistakes() if entry.startswith("library/")]
    assert any(
        entry.startswith(f"library/articles/spasm/article.md:{line}: ") and says in entry
        for entry in found
    ), found
    assert placed.catalog().publishable() == ()


@pytest.mark.parametrize(
    ("front", "line", "says"),
    [
        ('article = "spams"', 2, "'spams' is not in the library"),
        ('article = "spasm"\nlocation = "wston"', 3, "did you mean 'weston'?"),
        ('article = "spasm"\ntown = "Rome"', 3, "town 'Rome' is not of this clinic"),
        ('article = "spasm"\npractitioner = "x"', 3, "practitioner 'x' is not of this clinic"),
        ('article = "spasm"\ncanonical = "library"', 2, "has no home that places it"),
        ('article = "spasm"\nslug = "sore-back"', 1, "already the address of sore-back.md"),
        ('article = "spasm"\npublish = 2027-03-14T02:30:00', 3, "2027-03-14 02:30 does not exist"),
        ('article = "spasm"\npublish = 2027-01-02\nexpire = 2027-01-01', 4, "expires before"),
        ('article = "spasm"\npublish = 2027-01-02T08:00:00Z', 3, "has an offset"),
        ('article = "spasm"\ntitle = "{{town}}"', 3, "has no fallback"),
    ],
)
def test_a_mistake_in_a_placement_is_named_with_its_line(
    placed: Group, front: str, line: int, says: str
) -> None:
    placed.write("north/placements/spasm.md", f"+++\n{front}\n+++\n")
    [found] = placed.mistakes()
    assert found.startswith(f"north/placements/spasm.md:{line}: ")
    assert says in found


def test_a_placement_may_point_search_engines_to_the_articles_home(placed: Group) -> None:
    placed.write_library("spasm", SPASM.replace("related", 'home = "south"\nrelated'))
    placed.change("north/placements/spasm.md", '"spasm"', '"spasm"\ncanonical = "library"')
    assert placed.mistakes() == []
    link = page(placed, "north", "articles/spasm").select_one("link[rel=canonical]")
    assert link["href"] == "https://south.example/articles/back-spasm/"


def photo() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(made, "PNG")
    return made.getvalue()


SHOWN = HEAT.replace("Warmth is pleasant.", "![A warm pack](pictures/pack.png)")


@pytest.fixture
def pictured(placed: Group) -> Group:
    """The article about heat shows a picture of its own folder, on one clinic."""
    article = placed.write_library("heat", SHOWN)
    (article.parent / "pictures").mkdir()
    (article.parent / "pictures" / "pack.png").write_bytes(photo())
    placed.write("south/placements/heat.md", '+++\narticle = "heat"\n+++\n')
    return placed


def test_a_picture_of_the_library_comes_along_to_each_clinic(pictured: Group) -> None:
    assert pictured.mistakes() == []
    image = page(pictured, "south", "articles/heat").select_one("article img")
    assert (image["alt"], image["width"]) == ("A warm pack", "60")
    folder = pictured.sites / "hosts" / "south.example" / "current"
    assert (folder / str(image["src"]).lstrip("/")).read_bytes()
    assert not list((pictured.sites / "hosts/north.example/current/assets").glob("pack*"))


def test_a_clinics_own_picture_takes_the_place_of_the_librarys(pictured: Group) -> None:
    (pictured.clinics / "south" / "pictures").mkdir()
    made = io.BytesIO()
    Image.new("RGB", (90, 40), "red").save(made, "PNG")
    pictured.write("south/pictures/pack.png", made.getvalue())
    image = page(pictured, "south", "articles/heat").select_one("article img")
    assert image["width"] == "90"


def test_two_pictures_of_one_name_are_a_mistake(pictured: Group) -> None:
    other = pictured.write_library("cold", SHOWN.replace("Heat", "Cold"))
    (other.parent / "pictures").mkdir()
    (other.parent / "pictures" / "pack.png").write_bytes(photo())
    pictured.write("south/placements/cold.md", '+++\narticle = "cold"\n+++\n')
    [found] = pictured.mistakes()
    assert "'pack.png' is a picture of cold and of heat; rename one of the two" in found


def test_a_picture_that_the_library_lacks_is_named_there(placed: Group) -> None:
    placed.write_library("heat", SHOWN)
    [found] = placed.mistakes()
    assert found.startswith("library/articles/heat/article.md:7: there is no picture")
    assert "library/articles/heat/pictures" in found


def test_a_link_inside_the_librarys_text_is_checked_on_each_clinic(placed: Group) -> None:
    placed.write("north/placements/heat.md", '+++\narticle = "heat"\n+++\n')
    placed.write("south/placements/heat.md", '+++\narticle = "heat"\n+++\n')
    placed.write("south/pages/parking.md", PARKING)
    placed.write_library("heat", HEAT + "\nSee [where to park](/parking/).\n")
    [found] = placed.mistakes()
    assert found.startswith("library/articles/heat/article.md:9: the link '/parking/' leads")
    assert [clinic.slug for clinic in placed.catalog().publishable()] == ["south"]


def test_the_demo_article_of_the_library_is_placed_without_a_brace(tmp_path: Path) -> None:
    found = render("{{clinic: us}} {{town: a}} {{phone: b}} {{practitioner: c}} {{areas: d}}")
    assert found.problems == ()
    assert "us a b c d" in found.html


@given(st.text(alphabet=st.sampled_from("{}:| \nabtownphe#*`[]()-"), max_size=60))
def test_no_text_brings_a_brace_of_a_token_onto_a_page(text: str) -> None:
    found = render(text, values=Values(town="Weston", phone="+1", phone_display="1"))
    assert found.problems or "{{" not in found.html


@given(st.lists(st.text(min_size=1), max_size=5), st.sampled_from(["and", "or"]))
def test_every_town_of_a_list_is_named_once(towns: list[str], joiner: str) -> None:
    text = joined(tuple(towns), joiner)
    assert sum(len(town) for town in towns) <= len(text)
    assert (f" {joiner} " in text) or len(towns) < 2


def test_braces_with_a_backslash_are_shown_as_they_are() -> None:
    found = render(r"Write \{\{town: a\}\} here.", values=Values(town="Weston"))
    assert (found.problems, found.html) == ((), "<p>Write {{town: a}} here.</p>\n")


def test_a_library_article_that_changes_reads_again_only_the_clinics_that_place_it(
    placed: Group,
) -> None:
    placed.write("west/clinic.toml", SOUTH.replace("south", "west").replace("South", "West"))
    reader = Reader()
    before = read_catalog(placed.clinics, placed.library, reader)
    placed.write_library("spasm", SPASM.replace("ask us this", "ask us that"))
    after = read_catalog(placed.clinics, placed.library, reader)
    assert after.clinic("west") is before.clinic("west")
    for slug in ("north", "south"):
        clinic = after.clinic(slug)
        assert clinic is not None
        assert any("ask us that" in article.html for article in clinic.articles)


def test_a_placement_that_waited_for_its_article_is_read_when_it_comes(group: Group) -> None:
    reader = Reader()
    group.write("north/placements/heat.md", '+++\narticle = "heat"\n+++\n')
    assert read_catalog(group.clinics, group.library, reader).publishable() == ()
    group.write_library("heat", HEAT)
    assert read_catalog(group.clinics, group.library, reader).mistakes == ()
