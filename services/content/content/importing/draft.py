"""Write a document as a Markdown draft that reads exactly as it was printed."""

import json
import re
from html.parser import HTMLParser

from content.files import split_front_matter
from content.importing.blocks import Block, Document, squeezed, without_marker
from content.markdown import render

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])|&(?=#?\w+;)")
_AT_START = re.compile(r"^(#{1,6}(?=\s|$)|[+-](?=\s|$)|:::|={1,}\s*$)|^(\d{1,9})([.)])(?=\s|$)")


def markdown_of(document: Document) -> str:
    title = json.dumps(document.title, ensure_ascii=False)  # a JSON string is a TOML string
    parts = [_block(block) for block in document.blocks]
    return "\n\n".join([f"+++\ntitle = {title}\n+++", *parts]) + "\n"


def lost_lines(source: str, document: Document, markdown: str) -> list[str]:
    """The lines of `source` that are neither readable in the draft nor among what was left out."""
    parts = split_front_matter(markdown)
    read = " ".join([document.title, _text_of(render(parts[1] if parts else "").html)])
    readable = squeezed(read)
    quoted = {entry.line.text for entry in document.left_out}
    return [
        line
        for raw in source.splitlines()
        if (line := squeezed(raw))
        and line not in quoted
        and line not in readable
        and without_marker(raw) not in readable
    ]


def _block(block: Block) -> str:
    if block.kind == "heading":
        return f"## {_escaped(block.texts[0])}"
    if block.kind == "bullets":
        return "\n".join(f"- {_escaped(text)}" for text in block.texts)
    if block.kind == "numbers":
        numbered = enumerate(block.texts, start=block.first_number)
        return "\n".join(f"{number}. {_escaped(text)}" for number, text in numbered)
    return _escaped(block.texts[0])


def _escaped(text: str) -> str:
    """`text` so that Markdown shows each of its characters and takes none as a mark."""
    text = _SPECIAL.sub(lambda found: f"\\{found.group()}", text)
    return _AT_START.sub(_escaped_start, text)


def _escaped_start(found: re.Match[str]) -> str:
    return f"{found[2]}\\{found[3]}" if found[2] else f"\\{found[1]}"


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"p", "li", "h2"}:
            self.parts.append(" ")


def _text_of(html: str) -> str:
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)
