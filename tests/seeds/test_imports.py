"""Five real pages become five drafts: S0-4, S1-1, S1-2, S1-4, S2-2, S3-3, S4-3 and S5-1.

Runs where the documents lie beside the checkout (../shared/seeds); none of their words is here.
"""

import re
from pathlib import Path

import pytest

from content.importing.command import import_files
from content.importing.draft import lost_words, markdown_of
from content.importing.facts import read_facts
from content.importing.review import review
from content.importing.sources import Source, read_sources
from tests.content.conftest import Group

SEEDS = sorted((Path(__file__).parents[3] / "shared" / "seeds").glob("*.txt"))
pytestmark = pytest.mark.skipif(len(SEEDS) != 5, reason="no documents in ../shared/seeds")


def seed(number: int) -> Source:
    [source] = read_sources(SEEDS[number]).sources
    review(source.document)
    return source


def imported(folder: Path, number: int) -> tuple[str, str]:
    """(report, draft) of a new clinic; of the library for the page without an owner."""
    group = Group(folder)
    report = import_files(
        [SEEDS[number]],
        clinics_dir=group.clinics,
        library_dir=group.library,
        clinic="" if number == 4 else "new",
        is_new=number != 4,
    )
    [draft] = [*group.clinics.glob("*/drafts/*.md"), *group.library.glob("articles/*/*.md")]
    return "\n".join(report), draft.read_text()


@pytest.mark.parametrize("number", range(5))
def test_s5_1_no_character_is_lost_or_invented(number: int) -> None:
    source = seed(number)
    assert lost_words(source.words, source.document, markdown_of(source.document)) == ""


@pytest.mark.parametrize("number", range(5))
def test_s5_1_every_line_is_in_the_draft_or_quoted(tmp_path: Path, number: int) -> None:
    report, draft = imported(tmp_path, number)

    def plain(text: str) -> str:
        return re.sub(r"\W+", "", text).casefold()

    kept = plain(draft) + plain(report)
    for line in SEEDS[number].read_text(encoding="utf-8").splitlines():
        assert plain(re.sub(r"^\s*\d+\.", "", line)) in kept, line


def test_s0_1_address_and_call_line_are_a_proposed_location(tmp_path: Path) -> None:
    report, draft = imported(tmp_path, 0)
    facts = read_facts([seed(0).lines()])
    [place] = facts.places
    assert all((place.street, place.postal_code, facts.phones))
    assert f"location: {place.street}, {place.city}, {place.state} {place.postal_code}" in report
    assert place.street not in draft


@pytest.mark.parametrize(("number", "towns"), [(0, 2), (2, 1), (3, 2)])
def test_s0_4_towns_stay_as_written_and_are_proposed_as_tokens(
    tmp_path: Path, number: int, towns: int
) -> None:
    report, draft = imported(tmp_path, number)
    proposed = re.findall(r"“([^”]+)” stays as written.* token for the town", report)
    assert len(proposed) == towns
    assert all(town in draft for town in proposed)


def test_s0_5_times_are_kept(tmp_path: Path) -> None:
    source = SEEDS[0].read_text(encoding="utf-8")
    _, draft = imported(tmp_path, 0)
    times = re.findall(r"\d+(?:-\d+)? (?:hours|minutes)", source)
    assert times
    assert all(time in draft for time in times)


def test_s1_1_the_list_of_locations_is_six_locations(tmp_path: Path) -> None:
    report, draft = imported(tmp_path, 1)
    facts = read_facts([seed(1).lines()])
    assert len({place.city for place in facts.places}) == 6
    assert report.count("a menu of locations, which") == 7
    assert "counts its locations itself" in report
    assert not any(f"{place.city}, {place.state}" in draft for place in facts.places)


def test_s1_2_related_articles_and_s1_4_vague_links_are_named(tmp_path: Path) -> None:
    report, _ = imported(tmp_path, 1)
    assert report.count("a related article, ") == 2
    assert "“here” was a link" in report


def test_s2_2_typed_bullets_are_lists_and_missing_headings_a_task(tmp_path: Path) -> None:
    report, draft = imported(tmp_path, 2)
    assert [len(b.items) for b in seed(2).document.blocks if b.kind == "bullets"] == [4, 3]
    assert len(re.findall(r"^- \*\*[^*]+\*\* – ", draft, re.MULTILINE)) == 3
    assert "task: Write a title" in report
    assert "task: Add headings" in report


def test_s3_3_the_doubled_title_is_quoted_as_left_out(tmp_path: Path) -> None:
    report, draft = imported(tmp_path, 3)
    title = SEEDS[3].read_text(encoding="utf-8").splitlines()[1]
    assert f"left out, line 2: “{title}” (the title once more)" in report
    assert draft.count(title) == 1


def test_s4_3_a_page_without_an_owner_belongs_to_the_library(tmp_path: Path) -> None:
    report, draft = imported(tmp_path, 4)
    assert "/articles/" in report
    assert report.count("words of a comment form") == 2
    assert "Reply" not in draft
