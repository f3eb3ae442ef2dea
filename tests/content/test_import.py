"""Plain texts become drafts in which no word is lost, replaced or invented."""

import tomllib
from pathlib import Path

import pytest

from content.catalog import read_catalog
from content.importing.blocks import read_document
from content.importing.command import ImportRefused, import_files
from content.importing.draft import lost_lines, markdown_of
from tests.content.conftest import Group

TEXT = """\
12 Mill Road, Suite 4
Weston, CA 93299
Call us today! (559) 555-0101

Why Backs Hurt

Backs hurt for *many* reasons; 5 < 7 & that is _fine_.
A second line is a second paragraph, because it is very long and was not broken by a margin at all.

What helps?

  • Walk.
  • Rest – a little.
    And then walk again.

1. First this.
2. Then that.

Related:  Another Page

1) is how some texts number. See more here.

At North Spine Institute near Easton, we listen.

Leave a Reply

Your email address will not be published.
"""


def imported(group: Group, text: str, *, clinic: str = "", is_new: bool = False) -> list[str]:
    source = group.clinics.parent / "source.txt"
    source.write_text(text)
    return import_files(
        [source],
        clinics_dir=group.clinics,
        library_dir=group.library,
        clinic=clinic,
        is_new=is_new,
    )


def test_headings_paragraphs_and_lists_are_found() -> None:
    document = read_document(TEXT)
    assert document.title == "Why Backs Hurt"
    assert [(block.kind, len(block.texts)) for block in document.blocks] == [
        ("paragraph", 1),
        ("paragraph", 1),
        ("heading", 1),
        ("bullets", 2),
        ("numbers", 2),
        ("paragraph", 1),
        ("numbers", 1),
        ("paragraph", 1),
    ]
    assert document.blocks[3].texts[1] == "Rest – a little. And then walk again."


def test_every_line_is_in_the_draft_or_quoted_in_the_report(group: Group) -> None:
    report = "\n".join(imported(group, TEXT, clinic="north"))
    draft = (group.clinics / "north" / "drafts" / "why-backs-hurt.md").read_text()
    assert lost_lines(TEXT, read_document(TEXT), draft) == []
    for quoted in ("12 Mill Road, Suite 4", "Weston, CA 93299", "Leave a Reply", "published."):
        assert quoted in report
        assert quoted not in draft
    assert "“here” was a link" in report


def test_characters_that_markdown_would_take_are_shown_as_they_are() -> None:
    tricky = (
        "Title\n\n# not a heading.\n\n- - a dash.\n\n*a* _b_ [c](d) <e> `f` &amp; 1. g\\ ~h~ |i|.\n"
    )
    document = read_document(tricky)
    assert lost_lines(tricky, document, markdown_of(document)) == []


def test_a_lost_line_is_noticed() -> None:
    document = read_document(TEXT)
    assert lost_lines(TEXT + "\nOne more.", document, markdown_of(document)) == ["One more."]


def test_a_title_that_is_printed_twice_is_kept_once() -> None:
    document = read_document("  Sore Backs\nSore Backs\n\nThey hurt.\n")
    assert document.title == "Sore Backs"
    assert [block.texts for block in document.blocks] == [["They hurt."]]
    assert [entry.reason for entry in document.left_out] == ["the title once more"]


def test_lines_that_a_margin_broke_are_one_paragraph() -> None:
    text = "Title\n\n" + "\n".join(["word " * 12 + "end"] * 3) + "\nlast words.\n"
    assert len(read_document(text).blocks) == 1


def test_a_new_clinic_is_proposed_with_what_is_printed(group: Group) -> None:
    imported(group, TEXT, clinic="spine", is_new=True)
    text = (group.clinics / "spine" / "clinic.toml").read_text()
    proposed = tomllib.loads(text)
    assert proposed["name"] == "North Spine Institute"
    assert proposed["phone"] == "(559) 555-0101"
    [location] = proposed["locations"]
    assert (location["street"], location["city"]) == ("12 Mill Road, Suite 4", "Weston")
    assert "Easton" in text
    open_tasks = [m.what for m in read_catalog(group.clinics, group.library).mistakes]
    assert open_tasks == ["no host", "has no opening hours"]


def test_a_library_article_gets_a_folder_of_its_own(group: Group) -> None:
    imported(group, TEXT)
    assert (group.library / "articles" / "why-backs-hurt" / "draft.md").is_file()
    assert group.mistakes() == []


@pytest.mark.parametrize(
    ("text", "clinic", "is_new", "says"),
    [
        (TEXT, "north", True, "exists already"),
        (TEXT, "nobody", False, "does not exist"),
        (TEXT, "No Slug", True, "is no slug"),
        ("<html><body>x</body></html>", "north", False, "is HTML"),
        (" \n", "north", False, "is empty"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_words(
    group: Group,
    text: str,
    clinic: str,
    is_new: bool,  # noqa: FBT001
    says: str,
) -> None:
    with pytest.raises(ImportRefused, match=says):
        imported(group, text, clinic=clinic, is_new=is_new)


def test_nothing_is_overwritten(group: Group) -> None:
    imported(group, TEXT, clinic="north")
    with pytest.raises(ImportRefused, match="would be overwritten"):
        imported(group, TEXT, clinic="north")


SEEDS = sorted((Path(__file__).parents[3] / "shared" / "seeds").glob("*.txt"))


@pytest.mark.skipif(not SEEDS, reason="no documents in ../shared/seeds")
@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name[:3])
def test_a_real_page_is_imported_without_a_loss(group: Group, seed: Path) -> None:
    text = seed.read_text(encoding="utf-8")
    imported(group, text, clinic="seed", is_new=True)
    document = read_document(text)
    assert lost_lines(text, document, markdown_of(document)) == []
    assert document.title
