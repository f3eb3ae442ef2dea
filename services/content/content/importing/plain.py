"""Read a plain text: find headings, paragraphs and lists in it.

What is no part of an article (addresses, call lines, a menu of towns, the words of a comment form)
is left out, each line with its reason, so that it can be quoted in the report.
"""

import re
from collections.abc import Iterator

from content.importing.document import Block, Document, Item, LeftOut, squeezed
from content.importing.escape import escaped, with_strong_terms

LONGEST_HEADING = 110
WRAPPED = range(40, 100)  # length of lines that were broken by a typewriter's right margin

# ruff: noqa: RUF001 - bullets and dashes as they are found in documents
_BULLET = re.compile(r"^\s*[•·●▪◦‣*–-]\s+(?P<text>\S.*)$")
_NUMBER = re.compile(r"^\s*(?P<number>\d{1,2})[.)]\s+(?P<text>\S.*)$")
RELATED = re.compile(r"^(related|see also|read more|read also)\s*:", re.IGNORECASE)
_STREET = re.compile(r"^\d+\s+\S.*[A-Za-z]")
_TOWN = re.compile(r"^[A-Z][A-Za-z.'’ -]+,\s*[A-Z]{2}(\s+\d{5}(-\d{4})?)?$")
_CALL = re.compile(r"^(call|phone|tel)\b.*\d{3}\D*\d{4}$", re.IGNORECASE)
_REPLY_FORM = ("leave a reply", "leave a comment", "your email address will not be published")

ADDRESS = "an address, which belongs into clinic.toml"
CALL_LINE = "a line with the phone, which every page shows from clinic.toml"
MENU = "a menu of locations, which the site makes from clinic.toml"
REPLY_FORM = "words of a comment form, which the site has of its own"

Group = list[tuple[int, str]]


def read_plain(text: str) -> Document:
    document = Document(has_lines=True)
    for group in _groups(text):
        if reasons := _why_no_article(group):
            document.left_out += [
                LeftOut(text=squeezed(raw), reason=reason, at=number)
                for (number, raw), reason in zip(group, reasons, strict=True)
            ]
        else:
            document.blocks += _blocks(group)
    _join_lists(document.blocks)
    _leave_out_menu_headings(document)
    for block in document.blocks:
        with_strong_terms(block)
    return document


def source_words(text: str) -> str:
    """Every line's own words: without the bullet or number in front."""
    return "\n".join(without_marker(line) for line in text.splitlines())


def without_marker(text: str) -> str:
    match = _BULLET.match(text) or _NUMBER.match(text)
    return squeezed(match.group("text") if match else text)


def _groups(text: str) -> Iterator[Group]:
    """The lines between blank lines, with their numbers."""
    group: Group = []
    for number, raw in enumerate([*text.splitlines(), ""], start=1):
        if raw.strip():
            group.append((number, raw))
        elif group:
            yield group
            group = []


def _why_no_article(group: Group) -> list[str]:
    """A reason per line when the group is no part of the article, else []."""
    lines = [squeezed(raw) for _, raw in group]
    if any(line.lower().startswith(_REPLY_FORM) for line in lines):
        return [REPLY_FORM] * len(lines)
    towns = sum(1 for line in lines if _TOWN.match(line))
    if towns and all(len(line) <= LONGEST_HEADING and line[-1] != "." for line in lines):
        is_address = any(_STREET.match(line) for line in lines)
        return [
            CALL_LINE if _CALL.match(line) else ADDRESS if is_address else MENU for line in lines
        ]
    return [CALL_LINE] * len(lines) if all(_CALL.match(line) for line in lines) else []


def _item(raw: str, number: int) -> Item:
    text = squeezed(raw)
    return Item.of([(number, text)], escaped(text))


def _blocks(group: Group) -> list[Block]:
    if len(group) == 1 and _is_heading(group[0][1]):
        return [Block(kind="heading", items=[_item(group[0][1], group[0][0])])]
    blocks: list[Block] = []
    wrapped = _is_wrapped([raw.rstrip() for _, raw in group])
    for number, raw in group:
        if bullet := _BULLET.match(raw):
            blocks.append(Block(kind="bullets", items=[_item(bullet["text"], number)]))
        elif numbered := _NUMBER.match(raw):
            item, first = _item(numbered["text"], number), int(numbered["number"])
            blocks.append(Block(kind="numbers", items=[item], first_number=first))
        elif blocks and _continues(blocks[-1], raw, wrapped=wrapped):
            last = blocks[-1].items[-1]
            text = f"{last.text} {squeezed(raw)}"
            blocks[-1].items[-1] = Item.of([(last.at, text)], escaped(text))
        else:
            blocks.append(Block(kind="paragraph", items=[_item(raw, number)]))
    return blocks


def _is_wrapped(lines: list[str]) -> bool:
    """Lines of about the same length, of which some end inside a sentence."""
    broken = lines[:-1]
    return all(len(line) in WRAPPED for line in broken) and any(
        line[-1] not in ".!?:" for line in broken
    )


def _continues(block: Block, raw: str, *, wrapped: bool) -> bool:
    """An indented line goes on with the item before it, a wrapped one with its paragraph."""
    return wrapped or (raw[:1].isspace() and block.is_list)


def _is_heading(raw: str) -> bool:
    text = squeezed(raw)
    is_item = _BULLET.match(raw) or _NUMBER.match(raw)
    return (
        len(text) <= LONGEST_HEADING
        and text[-1] not in ".!,;:"
        and not is_item
        and not RELATED.match(text)
        and any(character.isalpha() for character in text)
    )


def _join_lists(blocks: list[Block]) -> None:
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last and block.is_list and last.kind == block.kind and _follows(last, block):
            last.items += block.items
        else:
            joined.append(block)
    blocks[:] = joined


def _follows(last: Block, block: Block) -> bool:
    return block.kind == "bullets" or block.first_number == last.first_number + len(last.items)


def _leave_out_menu_headings(document: Document) -> None:
    """The headings right above a menu of locations say something of the menu only."""
    at = min((entry.at for entry in document.left_out if entry.reason == MENU), default=0)
    for index in reversed(range(len(document.blocks))):
        block = document.blocks[index]
        if block.items[0].at > at:
            continue
        if block.kind != "heading":
            return
        document.leave_out(block.items[0], "words above a menu of locations")
        del document.blocks[index]
