"""Text written as Markdown that reads exactly as the text does."""

import re

from content.importing.document import Block, Item

# ruff: noqa: RUF001 - dashes as they are found in documents
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~{}])|&(?=#?\w+;)")
_AT_START = re.compile(r"^(#{1,6}(?=\s|$)|[+-](?=\s|$)|:::|={1,}\s*$|-{3,}\s*$)")
_NUMBER = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_TERM = re.compile(r"^(?P<term>[^.!?:;]{2,60}?)(?P<rest> [–—-] \S.*)$")


def escaped(text: str) -> str:
    """`text`, one line, so that Markdown shows each of its characters and takes none as a mark."""
    return escaped_start(escaped_inside(text))


def escaped_inside(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"\\{found.group()}", text)


def escaped_start(markdown: str) -> str:
    """`markdown` of a line whose beginning could be taken for a list, a heading or a card."""
    markdown = _AT_START.sub(lambda found: f"\\{found[1]}", markdown)
    return _NUMBER.sub(lambda found: f"{found[1]}\\{found[2]}", markdown)


def with_strong_terms(block: Block) -> None:
    """A list whose items all read "term - what it is" shows its terms in bold; no word changes."""
    found = [_TERM.match(item.text) for item in block.items]
    if not block.is_list or len(found) < 2:  # noqa: PLR2004 - one item makes no pattern
        return
    terms = [match for match in found if match is not None]
    if len(terms) == len(found):
        block.items = [
            Item.of(
                item.parts,
                f"**{escaped_inside(term['term'])}**{escaped_inside(term['rest'])}",
            )
            for item, term in zip(block.items, terms, strict=True)
        ]
