"""What a reader of the document finds: its title, what stands in it twice, what is left to do.

A task stays in the draft until somebody has done it, and the article is not published before.
"""

import difflib
import re

from content.importing.document import (
    LONGEST_DESCRIPTION,
    LONGEST_TITLE,
    Block,
    Document,
    squeezed,
)
from content.importing.plain import RELATED

WORDS_WITHOUT_HEADING = 300
NEARLY_THE_SAME = 0.9
MOST_COMPARED = 200  # paragraphs: each is compared with each
SHORTEST_COMPARED = 40  # characters; below it two paragraphs are alike by chance

_VAGUE_LINK = re.compile(r"\b(click here|here|this page|this link)\b[.!]?$", re.IGNORECASE)
_COUNT = re.compile(
    r"\b(\d{1,3}|two|three|four|five|six|seven|eight|nine|ten) locations\b", re.IGNORECASE
)


def review(document: Document) -> None:
    """Take the title, leave out what is there twice, note tasks and proposals."""
    if document.title is None:
        _take_title(document)
    _leave_out_copies(document)
    _drop_empty_sections(document)
    _note_tasks(document)
    _propose(document)
    document.left_out.sort(key=lambda entry: entry.at)


def _take_title(document: Document) -> None:
    """The first block when it is a heading, or a line that is printed twice at the top."""
    blocks = document.blocks
    if not blocks:
        return
    first = blocks[0].items[0]
    again = any(_is_copy(block, first.text) for block in blocks[1:3])
    if (blocks[0].kind == "heading" or again) and len(first.text) <= LONGEST_TITLE:
        document.title = first
        del blocks[0]


def _is_copy(block: Block, text: str) -> bool:
    return [item.text.casefold() for item in block.items] == [text.casefold()]


def _leave_out_copies(document: Document) -> None:
    """The title once more at the top, and whole paragraphs that were there before."""
    kept: list[Block] = []
    seen: set[str] = set()
    for index, block in enumerate(document.blocks):
        text = " ".join(item.text for item in block.items)
        title = document.title
        if title and index < 2 and _is_copy(block, title.text):  # noqa: PLR2004 - at the top
            document.leave_out(block.items[0], "the title once more")
        elif block.kind == "paragraph" and len(text) >= SHORTEST_COMPARED and text in seen:
            document.leave_out(block.items[0], "a paragraph that is there already, word for word")
        else:
            seen.add(text)
            kept.append(block)
    document.blocks = kept


def _drop_empty_sections(document: Document) -> None:
    """Headings at the end with nothing below are the rest of a menu."""
    while document.blocks and document.blocks[-1].kind == "heading":
        document.leave_out(
            document.blocks.pop().items[0], "a heading at the end with nothing below it"
        )


def _note_tasks(document: Document) -> None:
    words = sum(len(item.text.split()) for item in document.items())
    if document.title is None:
        document.tasks.append("Write a title: the document has none.")
    if not document.description:
        document.tasks.append(
            f"Write a description for search engines, of at most {LONGEST_DESCRIPTION} characters."
        )
    if words > WORDS_WITHOUT_HEADING and not any(b.kind == "heading" for b in document.blocks):
        document.tasks.append(f"Add headings: {words} words have none.")
    if not document.blocks:
        document.tasks.append("Write the text: nothing of the document is part of an article.")


def _propose(document: Document) -> None:
    for item in document.items():
        place = document.place(item.at)
        if RELATED.match(item.text):
            named = item.text.partition(":")[2].strip()
            document.proposals.append(
                f"{place}a related article, {named!r}: once it is here, name its file in"
                " related = [...] and take this line out."
            )
        if found := _VAGUE_LINK.search(item.text):
            document.proposals.append(
                f"{place}“{found[1]}” was a link; name the page that it leads to."
            )
    _propose_counts(document)
    _propose_near_copies(document)


def _propose_counts(document: Document) -> None:
    """A number of locations that somebody typed, beside what the menu lists."""
    texts = [item.text for item in document.items()] + [e.text for e in document.left_out]
    for text in texts:
        if found := _COUNT.search(squeezed(text)):
            document.proposals.append(
                f"{found.group()!r} was typed by hand; the site counts its locations itself."
            )


def _propose_near_copies(document: Document) -> None:
    """Paragraphs that say nearly the same: both stay, a person decides."""
    paragraphs = [
        block.items[0]
        for block in document.blocks
        if block.kind == "paragraph" and len(block.items[0].text) >= SHORTEST_COMPARED
    ]
    for index, item in enumerate(paragraphs[:MOST_COMPARED]):
        for other in paragraphs[index + 1 : MOST_COMPARED]:
            matcher = difflib.SequenceMatcher(None, item.text, other.text, autojunk=False)
            if (
                matcher.real_quick_ratio() >= NEARLY_THE_SAME
                and matcher.quick_ratio() >= NEARLY_THE_SAME
                and matcher.ratio() >= NEARLY_THE_SAME
            ):
                document.proposals.append(
                    f"{document.place(other.at)}this paragraph is nearly that of"
                    f" {document.place(item.at).lower().removesuffix(': ') or 'before'}:"
                    f" “{other.text}”. Keep one."
                )
