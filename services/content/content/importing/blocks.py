"""Find title, headings, paragraphs and lists in a plain text.

What is no part of an article (addresses, a menu of towns, the words of a comment form) is left
out, each line with its reason, so that it can be quoted in the report.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST_HEADING = 110
WRAPPED = range(40, 100)  # length of lines that were broken by a typewriter's right margin

# ruff: noqa: RUF001 - bullets and dashes as they are found in documents
_BULLET = re.compile(r"^\s*[•·●▪◦‣*–-]\s+(?P<text>\S.*)$")
_NUMBER = re.compile(r"^\s*(?P<number>\d{1,2})[.)]\s+(?P<text>\S.*)$")
_RELATED = re.compile(r"^(related|see also|read more|read also)\s*:", re.IGNORECASE)
_STREET = re.compile(r"^\d+\s+\S.*[A-Za-z]")
_TOWN = re.compile(r"^[A-Z][A-Za-z.'’ -]+,\s*[A-Z]{2}(\s+\d{5}(-\d{4})?)?$")
_CALL = re.compile(r"^call\b.*\d{3}\D*\d{4}$", re.IGNORECASE)
_REPLY_FORM = ("leave a reply", "leave a comment", "your email address will not be published")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    number: int
    text: str  # as printed, without the blanks around it


@dataclass(slots=True, kw_only=True)
class Block:
    """`kind`: heading, paragraph, bullets or numbers; `texts` has one entry, or one per item."""

    kind: str
    texts: list[str]
    line: int
    first_number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    line: Line
    reason: str


@dataclass(slots=True, kw_only=True)
class Document:
    title: str = ""
    blocks: list[Block] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    proposals: list[str] = field(default_factory=list)


def read_document(text: str) -> Document:
    document = Document()
    for group in _groups(text):
        if reason := _why_no_article(group):
            document.left_out += [
                LeftOut(line=_line(number, raw), reason=reason) for number, raw in group
            ]
        else:
            document.blocks += _blocks(group)
    _join_lists(document.blocks)
    _take_title(document)
    _drop_empty_sections(document)
    _propose(document)
    return document


def without_marker(text: str) -> str:
    """A line's own words: without the bullet or number in front."""
    match = _BULLET.match(text) or _NUMBER.match(text)
    return squeezed(match.group("text") if match else text)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def _groups(text: str) -> Iterator[list[tuple[int, str]]]:
    """The lines between blank lines, with their numbers."""
    group: list[tuple[int, str]] = []
    for number, raw in enumerate([*text.splitlines(), ""], start=1):
        if raw.strip():
            group.append((number, raw))
        elif group:
            yield group
            group = []


def _line(number: int, raw: str) -> Line:
    return Line(number=number, text=squeezed(raw))


def _why_no_article(group: list[tuple[int, str]]) -> str:
    lines = [squeezed(raw) for _, raw in group]
    if any(line.lower().startswith(_REPLY_FORM) for line in lines):
        return "words of a comment form, which the site has of its own"
    towns = sum(1 for line in lines if _TOWN.match(line))
    if towns and all(len(line) <= LONGEST_HEADING and line[-1] != "." for line in lines):
        has_address = any(_STREET.match(line) for line in lines)
        return (
            "an address, which belongs into clinic.toml"
            if has_address
            else "a menu of locations, which the site makes from clinic.toml"
        )
    if all(_CALL.match(line) for line in lines):
        return "a line with the phone, which every page shows from clinic.toml"
    return ""


def _blocks(group: list[tuple[int, str]]) -> list[Block]:
    if len(group) == 1 and _is_heading(group[0][1]):
        return [Block(kind="heading", texts=[squeezed(group[0][1])], line=group[0][0])]
    blocks: list[Block] = []
    wrapped = _is_wrapped([raw.rstrip() for _, raw in group])
    for number, raw in group:
        if bullet := _BULLET.match(raw):
            blocks.append(Block(kind="bullets", texts=[squeezed(bullet["text"])], line=number))
        elif numbered := _NUMBER.match(raw):
            text, first = squeezed(numbered["text"]), int(numbered["number"])
            blocks.append(Block(kind="numbers", texts=[text], line=number, first_number=first))
        elif blocks and _continues(blocks[-1], raw, wrapped=wrapped):
            blocks[-1].texts[-1] += f" {squeezed(raw)}"
        else:
            blocks.append(Block(kind="paragraph", texts=[squeezed(raw)], line=number))
    return blocks


def _is_wrapped(lines: list[str]) -> bool:
    """Lines of about the same length, of which some end inside a sentence."""
    broken = lines[:-1]
    return all(len(line) in WRAPPED for line in broken) and any(
        line[-1] not in ".!?:" for line in broken
    )


def _continues(block: Block, raw: str, *, wrapped: bool) -> bool:
    """An indented line goes on with the item before it, a wrapped one with its paragraph."""
    indented = raw[:1].isspace()
    return wrapped or (indented and block.kind in {"bullets", "numbers"})


def _is_heading(raw: str) -> bool:
    text = squeezed(raw)
    is_item = _BULLET.match(raw) or _NUMBER.match(raw)
    return (
        len(text) <= LONGEST_HEADING
        and text[-1] not in ".!,;:"
        and not is_item
        and not _RELATED.match(text)
        and any(character.isalpha() for character in text)
    )


def _join_lists(blocks: list[Block]) -> None:
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        is_list = block.kind in {"bullets", "numbers"}
        if is_list and last and last.kind == block.kind and _follows(last, block):
            last.texts += block.texts
        else:
            joined.append(block)
    blocks[:] = joined


def _follows(last: Block, block: Block) -> bool:
    return block.kind == "bullets" or block.first_number == last.first_number + len(last.texts)


def _take_title(document: Document) -> None:
    """The first line when it is a heading, or a line that is printed twice at the top."""
    blocks = document.blocks
    if not blocks:
        return
    first = blocks[0]
    again = [b for b in blocks[1:3] if b.texts == first.texts]
    if first.kind != "heading" and not again:
        words = re.split(r"(?<=[.?!])\s", first.texts[0])[0]
        document.title = words if len(words) <= 80 else words[:80].rsplit(" ", 1)[0]  # noqa: PLR2004
        document.proposals.append(f"No title was found; write one instead of {document.title!r}.")
        return
    document.title = first.texts[0]
    for block in again:
        line = Line(number=block.line, text=block.texts[0])
        document.left_out.append(LeftOut(line=line, reason="the title once more"))
    document.blocks = [block for block in blocks[1:] if block not in again]


def _drop_empty_sections(document: Document) -> None:
    """Headings at the end with nothing below are the rest of a menu."""
    while document.blocks and document.blocks[-1].kind == "heading":
        block = document.blocks.pop()
        line = Line(number=block.line, text=block.texts[0])
        reason = "a heading at the end with nothing below it"
        document.left_out.append(LeftOut(line=line, reason=reason))
    document.left_out.sort(key=lambda entry: entry.line.number)


def _propose(document: Document) -> None:
    for block in document.blocks:
        for text in block.texts:
            if _RELATED.match(text):
                document.proposals.append(f"Line {block.line}: make this a link: {text!r}.")
            if re.search(r"\bhere\b[.!]?$", text):
                document.proposals.append(
                    f"Line {block.line}: “here” was a link; name the page it leads to."
                )
    if document.blocks and not any(block.kind == "heading" for block in document.blocks):
        document.proposals.append("There are no headings; add some so that readers find their way.")
