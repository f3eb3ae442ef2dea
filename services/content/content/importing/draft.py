"""Write a document as a Markdown draft, and prove that it reads as the source does."""

import json
from html.parser import HTMLParser

from content.files import split_front_matter
from content.importing.document import Document, Item
from content.importing.escape import escaped
from content.importing.plain import without_marker
from content.markdown import render


def markdown_of(document: Document) -> str:
    front = [f"title = {_toml(document.title.text if document.title else '')}"]
    if document.kind != "article":
        front.append(f"kind = {_toml(document.kind)}")
    if document.description:
        front.append(f"description = {_toml(document.description)}")
    if document.updated:
        front.append(f"updated = {document.updated.isoformat()}")
    if document.tasks:
        front += ["tasks = [", *(f"  {_toml(task)}," for task in document.tasks), "]"]
    parts = [block.markdown() for block in document.blocks]
    return "\n\n".join(["\n".join(["+++", *front, "+++"]), *parts]) + "\n"


def lost_words(source: str, document: Document, markdown: str) -> str:
    """The first words that differ between the source and what became of it; "" when none do.

    Two proofs, character by character but for blanks: the draft reads as the document's blocks, and
    the blocks with what was left out are the source, in its order.
    """
    parts = split_front_matter(markdown)
    read = _text_of(render(parts[1] if parts else "").html)
    written = "".join(item.text for item in document.items())
    bare = without_marker if document.has_lines else str
    pieces = [*document.markers, *(part for item in document.items() for part in item.parts)]
    pieces += [(entry.at, bare(entry.text)) for entry in document.left_out]
    if document.title:
        pieces += document.title.parts
    pieces.sort(key=lambda piece: piece[0])
    return _first_difference(read, written) or _first_difference(
        "".join(text for _, text in pieces), source
    )


def _first_difference(one: str, other: str) -> str:
    first, second = "".join(one.split()), "".join(other.split())
    if first == second:
        return ""
    at = next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
        min(len(first), len(second)),
    )
    return (second or first)[max(0, at - 20) : at + 40] or first[max(0, at - 20) : at + 40]


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML string


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _text_of(html: str) -> str:
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


def plainly(document: Document) -> None:
    """Write every text without emphasis and links, for one whose marks Markdown would misread."""
    for block in document.blocks:
        block.items = [Item.of(item.parts, escaped(item.text)) for item in block.items]
        if block.kind == "whole":
            block.kind = "paragraph"
    document.proposals.append("emphasis and links could not be kept exactly; set them again.")
