"""Read a WordPress export (WXR, a dialect of RSS): posts and pages, each as a document.

The format is RSS 2.0 with the namespaces wp, content, excerpt and dc, as WordPress's own
wp-admin/includes/export.php writes it.
Comments stay behind, and of their writers nothing but the words is shown.
"""

import html
import re
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException, ElementTree

from content.importing.document import LONGEST_DESCRIPTION, Document, Item, Picture, squeezed
from content.importing.html import note_address, read_fragment, visible_text
from content.importing.media import why_refused

_KINDS = {"post": "article", "page": "page"}
_READ_STATES = frozenset({"publish", "draft", "pending", "future", "private"})
_DESCRIPTIONS = ("_yoast_wpseo_metadesc", "rank_math_description", "_aioseo_description")
_SHORTCODE = re.compile(
    r"\[/?(?:(?:gallery|caption|embed|audio|video|playlist)\b[^\]]*|[a-z][\w-]*\s[^\]]*=[^\]]*"
    r"|[a-z]+[_-][\w-]*[^\]]*|/[a-z][\w-]*)\]",
    re.IGNORECASE,
)
_BLOCK_START = re.compile(
    r"\s*<(?:p|div|ul|ol|h[1-6]|table|blockquote|pre|figure|section|article|dl|hr|x-shortcode)\b",
    re.IGNORECASE,
)


class NotAnExport(Exception):  # noqa: N818 - what the file is
    """The file cannot be read as an export; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One post or page: the document, and its own words to compare with."""

    document: Document
    source: str


@dataclass(slots=True, kw_only=True)
class Export:
    site: str = ""  # the blog's title
    address: str = ""
    entries: list[Entry] = field(default_factory=list)
    media: list[Picture] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # what is no post: a line each


def read_export(raw: bytes) -> Export:
    """Raises NotAnExport; media at an address inside of a network is a reason too."""
    try:
        root = ElementTree.fromstring(raw, forbid_dtd=True)
    except ParseError as error:
        raise NotAnExport(f"line {error.position[0]}: is not well-formed XML") from None
    except DefusedXmlException:
        raise NotAnExport("defines entities, which an export has no use for") from None
    names = _Names(root)
    channel = root.find("channel")
    if channel is None or not names.wp:
        raise NotAnExport("is XML, but no WordPress export")
    export = Export(site=_text(channel, "title"), address=_text(channel, "link"))
    for item in channel.iter("item"):
        _read_item(item, names, export)
    _refuse_inside(export)
    return export


class _Names:
    """Namespaces carry the version of the export in them (…/export/1.2/)."""

    def __init__(self, root: Element) -> None:
        spaces = {
            match[1] for node in root.iter() if (match := re.match(r"\{(.*)\}", str(node.tag)))
        }
        self.wp = _space(spaces, r"wordpress\.org/export/[\d.]+/$")
        self.excerpt = _space(spaces, r"wordpress\.org/export/[\d.]+/excerpt/$")
        self.content = _space(spaces, r"purl\.org/rss/1\.0/modules/content/$")
        self.creator = _space(spaces, r"purl\.org/dc/elements/")


def _space(spaces: set[str], pattern: str) -> str:
    return next((f"{{{space}}}" for space in sorted(spaces) if re.search(pattern, space)), "")


def _text(item: Element, name: str) -> str:
    return squeezed(item.findtext(name) or "")


def _read_item(item: Element, names: _Names, export: Export) -> None:
    kind, state = _text(item, f"{names.wp}post_type"), _text(item, f"{names.wp}status")
    title = _text(item, "title")
    if kind == "attachment":
        address = _text(item, f"{names.wp}attachment_url") or _text(item, "link")
        export.media.append(Picture(address=address, alt=_alt(item, names) or title))
        _note_words(item, names, export, "the description of a picture")
    elif kind not in _KINDS:
        _leave_out(item, names, export, f"a {kind or 'nameless kind'}, which is no page")
    elif state not in _READ_STATES:
        _leave_out(item, names, export, f"a {kind} in the state {state!r}")
    else:
        export.entries.append(_entry(item, names, kind))
        export.media += export.entries[-1].document.pictures
        _note_comments(item, names, export)


def _entry(item: Element, names: _Names, kind: str) -> Entry:
    raw = _paragraphed(_with_shortcodes_marked(item.findtext(f"{names.content}encoded") or ""))
    title = _text(item, "title")
    document = read_fragment(raw)
    document.kind = _KINDS[kind]
    document.title = Item.of([(0, title)], "") if title else None
    document.slug = unquote(_text(item, f"{names.wp}post_name"))
    note_address(document, _text(item, "link"))
    document.updated = _day(item, names)
    _describe(document, item, names)
    if (state := _text(item, f"{names.wp}status")) != "publish":
        document.proposals.append(f"its state was {state!r}.")
    if writer := _text(item, f"{names.creator}creator"):
        document.proposals.append(f"written by {writer!r}.")
    if labels := [squeezed(found.text or "") for found in item.findall("category")]:
        document.proposals.append(f"filed under {', '.join(repr(label) for label in labels)}.")
    return Entry(document=document, source=f"{title}{visible_text(raw)}")


def _describe(document: Document, item: Element, names: _Names) -> None:
    excerpt = squeezed(visible_text(item.findtext(f"{names.excerpt}encoded") or ""))
    found = [_meta(item, names, key) for key in _DESCRIPTIONS]
    texts = [text for text in (*found, excerpt) if text]
    document.description = next((t for t in texts if len(t) <= LONGEST_DESCRIPTION), "")
    for text in texts:
        if text != document.description:
            document.proposals.append(f"it was also described as “{text}”.")


def _meta(item: Element, names: _Names, key: str) -> str:
    for found in item.findall(f"{names.wp}postmeta"):
        if _text(found, f"{names.wp}meta_key") == key:
            return _text(found, f"{names.wp}meta_value")
    return ""


def _alt(item: Element, names: _Names) -> str:
    return _meta(item, names, "_wp_attachment_image_alt")


def _day(item: Element, names: _Names) -> date | None:
    for name in ("post_modified_gmt", "post_date_gmt", "post_modified", "post_date"):
        try:
            return date.fromisoformat(_text(item, f"{names.wp}{name}")[:10])
        except ValueError:
            continue
    return None


def _with_shortcodes_marked(content: str) -> str:
    return _SHORTCODE.sub(
        lambda found: f"<x-shortcode>{html.escape(found.group())}</x-shortcode>", content
    )


def _paragraphed(content: str) -> str:
    """Blank lines are paragraphs where the content has no tags for them, as WordPress shows it."""
    if re.search(r"<p[\s>]|<!-- wp:", content):
        return content
    parts = re.split(r"\n\s*\n", content.replace("\r\n", "\n"))
    return "\n".join(
        part if _BLOCK_START.match(part) else f"<p>{'<br>'.join(part.strip().split(chr(10)))}</p>"
        for part in parts
        if part.strip()
    )


def _leave_out(item: Element, names: _Names, export: Export, reason: str) -> None:
    title = _text(item, "title")
    export.left_out.append(f"“{title}” ({reason})")
    _note_words(item, names, export, f"of “{title}”")
    _note_comments(item, names, export)


def _note_words(item: Element, names: _Names, export: Export, reason: str) -> None:
    for name in (f"{names.content}encoded", f"{names.excerpt}encoded"):
        if text := squeezed(visible_text(item.findtext(name) or "")):
            export.left_out.append(f"“{text}” ({reason})")


def _note_comments(item: Element, names: _Names, export: Export) -> None:
    for comment in item.findall(f"{names.wp}comment"):
        if text := _text(comment, f"{names.wp}comment_content"):
            reason = "a comment; who wrote it agreed to the old site, not to this one"
            export.left_out.append(f"“{text}” ({reason})")


def _refuse_inside(export: Export) -> None:
    for picture in export.media:
        address = picture.address
        if "//" not in address and not address.lower().startswith(("file:", "data:")):
            continue  # relative to the old site
        if not address.startswith("data:") and (why := why_refused(address)):
            raise NotAnExport(
                f"media at {address!r}, which {why}; take it out of the export. Nothing was fetched"
            )
