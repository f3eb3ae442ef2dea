"""Read an HTML page: its article as blocks, everything around it left out with the reason.

Nothing is fetched: pictures and embedded media are only listed.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from content.importing.document import LONGEST_TITLE, Block, Document, Item, LeftOut, squeezed
from content.importing.html_blocks import UNSEEN, Reader

_ROOTS = (
    "main article",
    "[role=main]",
    "main",
    "article",
    ".entry-content",
    ".post-content",
    "#content",
    ".content",
)
_TYPED_BULLET = re.compile(r"^(?P<bullet>[•·●▪◦‣])\s*")


def read_html(html: str) -> Document:
    """A whole page."""
    tree = LexborHTMLParser(html)
    document = Document()
    described = tree.css_first("meta[name=description]")
    document.description = squeezed(described.attributes.get("content") or "") if described else ""
    canonical = tree.css_first("link[rel=canonical]")
    href = (canonical.attributes.get("href") or "") if canonical else ""
    note_address(document, href)
    root = _root(tree)
    if tree.body and root:
        Reader(document, _first_heading(root, tree)).read_page(tree.body, root)
    document.blocks = _typed_lists(document.blocks, document)
    _take_tab_title(document, tree)
    return document


def note_address(document: Document, link: str) -> None:
    """Where it was read: a path leads on to the draft, /?p=12 cannot, which is said."""
    parts = urlsplit(link)
    if parts.query:
        address = f"{parts.path or '/'}?{parts.query}"
        document.proposals.append(
            f"it was read at {address}; what stands after the question mark cannot lead on, so"
            f" who comes by that address sees {parts.path or '/'}."
        )
    elif parts.path not in {"", "/"}:
        document.permalink = parts.path


def _first_heading(root: LexborNode, tree: LexborHTMLParser) -> int:
    found = root.css_first("h1") or tree.css_first("body h1")
    return found.mem_id if found else 0


def _take_tab_title(document: Document, tree: LexborHTMLParser) -> None:
    """The browser's tab names the page where no heading does."""
    head = tree.css_first("head title")
    text = squeezed(head.text()) if head else ""
    if not text:
        return
    is_named = document.title or (document.blocks and document.blocks[0].kind == "heading")
    if is_named or len(text) > LONGEST_TITLE:
        document.left_out.append(LeftOut(text=text, reason="the title of the browser's tab", at=0))
    else:
        document.title = Item.of([(0, text)], "")


def read_fragment(html: str) -> Document:
    """The inside of an article, as a content management system keeps it."""
    document = Document()
    body = LexborHTMLParser(html).body
    if body:
        Reader(document, 0).read_page(body, body)
        document.blocks = _typed_lists(document.blocks, document)
    return document


def visible_text(html: str) -> str:
    """All that a page shows, in its order, the title of the tab first."""
    tree = LexborHTMLParser(html)
    head = tree.css_first("head title")
    texts = [head.text()] if head else []
    return "".join([*texts, *_texts(tree.body)] if tree.body else texts)


def _texts(node: LexborNode) -> Iterator[str]:
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            yield child.text(deep=False)
        elif child.tag not in UNSEEN:
            yield from _texts(child)


def _root(tree: LexborHTMLParser) -> LexborNode | None:
    for selector in _ROOTS:
        found = tree.css(selector)
        if len(found) == 1:
            return found[0]
    return tree.body


def _typed_lists(blocks: list[Block], document: Document) -> list[Block]:
    """Paragraphs that begin with a typed bullet become one list."""
    joined: list[Block] = []
    for block in blocks:
        item = block.items[0]
        typed = _TYPED_BULLET.match(item.markdown) if block.kind == "paragraph" else None
        if typed is None or not item.parts[0][1].lstrip().startswith(typed["bullet"]):
            joined.append(block)
            continue
        at, text = item.parts[0]
        document.markers.append((at, typed["bullet"]))
        bare = text.lstrip().removeprefix(typed["bullet"])
        entry = Item.of([(at, bare), *item.parts[1:]], item.markdown[typed.end() :])
        if joined and joined[-1].kind == "bullets" and joined[-1].is_typed:
            joined[-1].items.append(entry)
        else:
            joined.append(Block(kind="bullets", items=[entry], is_typed=True))
    return joined
