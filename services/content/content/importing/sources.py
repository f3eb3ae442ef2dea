"""Open a file and read what is in it: a plain text, an HTML page, a WordPress export.

Unreadable          the file cannot be read; the message says why and what to do
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from content.importing.document import Document
from content.importing.html import read_html, visible_text
from content.importing.plain import read_plain, source_words
from content.importing.wordpress import Export, NotAnExport, read_export

MAX_TEXT_BYTES = 1024 * 1024
MAX_HTML_BYTES = 8 * 1024 * 1024
MAX_EXPORT_BYTES = 64 * 1024 * 1024

_HTML = re.compile(
    rb"^\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_XML = re.compile(rb"^\s*<(\?xml|rss|!doctype)\b", re.IGNORECASE)
_XHTML = re.compile(rb"^\s*<\?xml[^>]*>\s*(<!doctype html[^>]*>\s*)?<html\b", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)


class Unreadable(Exception):  # noqa: N818 - what the file is
    """The file cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One document and the words that must all be found again."""

    name: str
    document: Document
    words: str

    def lines(self) -> str:
        """All of it as lines, for facts that stand on lines of their own."""
        document = self.document
        pieces = [(item.at, item.text) for item in document.items()]
        pieces += [(entry.at, entry.text) for entry in document.left_out]
        if document.title:
            pieces.append((document.title.at, document.title.text))
        return "\n".join(text for _, text in sorted(pieces, key=lambda piece: piece[0]))


@dataclass(slots=True, kw_only=True)
class Read:
    """The documents of one file; `notes` are the report's lines on the file itself."""

    sources: list[Source]
    notes: list[str] = field(default_factory=list)


def read_sources(path: Path) -> Read:
    """Raises Unreadable."""
    raw = _bytes(path)
    if not raw.strip():
        raise Unreadable("is empty")
    if _HTML.match(raw) or _XHTML.match(raw):
        return _page(path, _within(raw, MAX_HTML_BYTES))
    if _XML.match(raw):
        return _export(path, raw)
    text = _decoded(_within(raw, MAX_TEXT_BYTES), "utf-8-sig")
    words = source_words(text)
    return Read(sources=[Source(name=path.name, document=read_plain(text), words=words)])


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_EXPORT_BYTES + 1)
    except OSError as error:
        raise Unreadable(error.strerror or type(error).__name__) from None
    return _within(raw, MAX_EXPORT_BYTES)


def _within(raw: bytes, limit: int) -> bytes:
    if len(raw) > limit:
        raise Unreadable(f"is over {limit // 1024 // 1024} MiB; split it")
    return raw


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8 text; save it as UTF-8") from None


def _page(path: Path, raw: bytes) -> Read:
    named = _CHARSET.search(raw[:4096])
    encoding = named[1].decode() if named else "utf-8-sig"
    try:
        known = codecs.lookup(encoding).name
    except LookupError:
        raise Unreadable(f"names the unknown encoding {encoding!r}; save it as UTF-8") from None
    html = _decoded(raw, "utf-8-sig" if known == "utf-8" else known)
    source = Source(name=path.name, document=read_html(html), words=visible_text(html))
    return Read(sources=[source])


def _export(path: Path, raw: bytes) -> Read:
    try:
        export = read_export(raw)
    except NotAnExport as error:
        raise Unreadable(str(error)) from None
    if not export.entries:
        raise Unreadable("holds no post and no page")
    sources = [
        Source(
            name=f"{path.name} ({_named(entry.document)})",
            document=entry.document,
            words=entry.source,
        )
        for entry in export.entries
    ]
    return Read(sources=sources, notes=list(_notes(export)))


def _named(document: Document) -> str:
    if document.title:
        return document.title.text
    return document.slug or document.permalink or "no title"


def _notes(export: Export) -> Iterator[str]:
    yield f"the export of {export.site!r} at {export.address or 'an unknown address'}"
    for picture in export.media:
        alt = f" (“{picture.alt}”)" if picture.alt else ""
        yield f"media, not fetched: {picture.address}{alt}"
    for text in export.left_out:
        yield f"left out: {text}"
