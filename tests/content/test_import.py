"""Plain texts become drafts in which no word is lost, replaced or invented."""

import tomllib

import pytest
from hypothesis import given
from hypothesis.strategies import text

from content.catalog import read_catalog
from content.importing.command import ImportRefused, import_files
from content.importing.document import Document
from content.importing.draft import lost_words, markdown_of
from content.importing.plain import read_plain, source_words
from content.importing.review import review
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


def read(text: str) -> Document:
    document = read_plain(text)
    review(document)
    return document


def lost(text: str) -> str:
    document = read(text)
    return lost_words(source_words(text), document, markdown_of(document))


def test_headings_paragraphs_and_lists_are_found() -> None:
    document = read(TEXT)
    assert document.title
    assert document.title.text == "Why Backs Hurt"
    assert [(block.kind, len(block.items)) for block in document.blocks] == [
        ("paragraph", 1),
        ("paragraph", 1),
        ("heading", 1),
        ("bullets", 2),
        ("numbers", 2),
        ("paragraph", 1),
        ("numbers", 1),
        ("paragraph", 1),
    ]
    assert document.blocks[3].items[1].text == "Rest – a little. And then walk again."


def test_every_line_is_in_the_draft_or_quoted_in_the_report(group: Group) -> None:
    report = "\n".join(imported(group, TEXT, clinic="north"))
    draft = (group.clinics / "north" / "drafts" / "why-backs-hurt.md").read_text()
    assert lost_words(source_words(TEXT), read(TEXT), draft) == ""
    for quoted in ("12 Mill Road, Suite 4", "Weston, CA 93299", "Leave a Reply", "published."):
        assert quoted in report
        assert quoted not in draft
    assert "“here” was a link" in report


def test_characters_that_markdown_would_take_are_shown_as_they_are() -> None:
    tricky = (
        "Title\n\n# not a heading.\n\n- - a dash.\n\n*a* _b_ [c](d) <e> `f` &amp; 1. g\\ ~h~ |i|.\n"
    )
    assert lost(tricky) == ""


def test_a_lost_line_is_noticed() -> None:
    document = read(TEXT)
    draft = markdown_of(document)
    words = source_words(TEXT)
    assert "Onemore" in lost_words(words + "\nOne more.", document, draft)
    assert lost_words(words, document, draft.replace("Walk.", "Run."))
    assert lost_words(words.replace("12 Mill Road", "14 Mill Road"), document, draft)


@given(text(alphabet="ab 1.)#*_-+[]<>&;:`~|\\\n\t{}=!(é•–"))
def test_no_character_of_any_text_is_lost(text: str) -> None:
    if text.strip():
        assert lost(text) == ""


def test_a_title_that_is_printed_twice_is_kept_once() -> None:
    document = read("  Sore Backs\nSore Backs\n\nThey hurt.\n")
    assert document.title
    assert document.title.text == "Sore Backs"
    assert [item.text for item in document.items()] == ["They hurt."]
    assert [entry.reason for entry in document.left_out] == ["the title once more"]


def test_lines_that_a_margin_broke_are_one_paragraph() -> None:
    text = "Title\n\n" + "\n".join(["word " * 12 + "end"] * 3) + "\nlast words.\n"
    assert len(read(text).blocks) == 1


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


def test_an_address_and_a_call_line_become_a_proposed_location(group: Group) -> None:
    report = "\n".join(imported(group, TEXT, clinic="north"))
    assert "location: 12 Mill Road, Suite 4, Weston, CA 93299, phone (559) 555-0101" in report


def test_towns_and_names_stay_as_written_and_are_proposed_as_tokens(group: Group) -> None:
    report = "\n".join(imported(group, TEXT, clinic="north"))
    draft = (group.clinics / "north" / "drafts" / "why-backs-hurt.md").read_text()
    assert "North Spine Institute near Easton" in draft
    for name in ("Easton", "North Spine Institute"):
        assert f"“{name}” stays as written" in report


def test_a_list_of_terms_shows_them_in_bold_and_says_the_same() -> None:
    text = "Title\n\n• Cold – eases pain.\n• Heat – eases cramps.\n"
    assert "- **Cold** – eases pain." in markdown_of(read(text))
    assert lost(text) == ""


def test_a_document_without_title_and_headings_gets_tasks(group: Group) -> None:
    words = "Backs hurt when people sit too long and never move. " * 40
    report = "\n".join(imported(group, words, clinic="north"))
    assert "task: Write a title" in report
    assert "task: Add headings: 400 words have none" in report
    [draft] = (group.clinics / "north" / "drafts").glob("*.md")
    assert 'title = ""' in draft.read_text()
    assert group.mistakes() == []  # a draft may have tasks
    draft.rename(group.clinics / "north" / "articles" / draft.name)
    assert any("3 tasks are left to do" in mistake for mistake in group.mistakes())


def test_a_paragraph_that_is_there_twice_is_kept_once_and_a_near_copy_is_said() -> None:
    one = "Ice helps in the first two days, for twenty minutes at a time."
    near = one.replace("twenty", "fifteen")
    document = read(f"Title\n\n{one}\n\n{one}\n\n{near}\n")
    assert [item.text for item in document.items()] == [one, near]
    assert "word for word" in document.left_out[0].reason
    assert any("nearly that of line 3" in proposal for proposal in document.proposals)


def test_a_menu_of_locations_is_recognized_with_the_words_above_it() -> None:
    text = (
        "Title\n\nWords.\n\nOur Clinics\n\n2 Locations in Ohio\n\nAkron, OH\nBest Care in Lima OH\n"
    )
    document = read(text)
    assert [item.text for item in document.items()] == ["Words."]
    assert [entry.text for entry in document.left_out] == [
        "Our Clinics",
        "2 Locations in Ohio",
        "Akron, OH",
        "Best Care in Lima OH",
    ]
    assert any("counts its locations itself" in proposal for proposal in document.proposals)
