"""The blocks of an HTML page: headings, paragraphs, lists, tables, quotations.

What is no part of an article by its kind (menus, forms, buttons) is quoted with the reason.
"""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from content.importing.document import (
    LONGEST_TITLE,
    Block,
    Document,
    Item,
    LeftOut,
    Picture,
    squeezed,
)
from content.importing.inline import Run, link_target

# fmt: off
UNSEEN = frozenset({"head", "script", "style", "template", "svg", "noscript", "-comment"})
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
})
_AROUND = {
    "nav": "a menu of the old site",
    "header": "the head of the old site's pages",
    "footer": "the foot of the old site's pages",
    "aside": "a column beside the article",
    "form": "a form, of which the site has its own",
    "button": "a button",
    "select": "a form, of which the site has its own",
    "x-shortcode": "a shortcode, which only WordPress understands",
}
# fmt: on
_OUTSIDE = "outside of the article"
_NEVER_ARTICLE = frozenset({"nav", "form", "button", "select", "x-shortcode"})
_FURNITURE = re.compile(
    r"\b(breadcrumbs?|cookie|share|sharing|social|sidebar|related-posts|comments?|respond|menu|navbar"
    r"|newsletter|skip-link)\b"
)
_MARKS = {"b": "**", "strong": "**", "em": "*", "i": "*"}
_MEDIA = frozenset({"iframe", "video", "audio", "embed", "object"})


class Reader:
    """Walks a page once; `at` counts its texts."""

    def __init__(self, document: Document, title: int) -> None:
        self._document = document
        self._title = title  # the node that is the title, 0 for none
        self._at = 0

    def read_page(self, node: LexborNode, root: LexborNode) -> None:
        if node.mem_id == root.mem_id:
            self._document.blocks += self._blocks(node)
            return
        for child in node.iter(include_text=True):
            if _holds(child, root):
                self.read_page(child, root)
            else:
                self._leave_out(child, _AROUND.get(child.tag or "", _OUTSIDE))

    def _blocks(self, node: LexborNode) -> list[Block]:
        blocks: list[Block] = []
        run = Run()
        for child in node.iter(include_text=True):
            if child.tag == "-text" or self._is_inline(child):
                if child.tag == "br" and run.pieces and run.pieces[-1] == "\n":
                    blocks += _paragraphs(run)
                    run = Run()
                else:
                    self._inline(child, run)
                continue
            blocks += _paragraphs(run)
            run = Run()
            blocks += self._block(child)
        return blocks + _paragraphs(run)

    def _is_inline(self, node: LexborNode) -> bool:
        if node.tag in {"br", "img", "input"}:
            return True
        return node.tag in _INLINE and not any(
            child.tag not in _INLINE | {"-text", "br", "img", "-comment"}
            for child in node.traverse(include_text=True)
        )

    def _inline(self, node: LexborNode, run: Run) -> None:
        tag = node.tag or ""
        if tag == "-text":
            run.add_text(node.text(deep=False), self._next())
        elif tag == "br":
            run.add_break()
        elif tag == "img":
            self._picture(node)
        else:
            since = len(run.pieces)
            for child in node.iter(include_text=True):
                self._inline(child, run)
            mark = _MARKS.get(tag, "")
            target = link_target(node.attributes.get("href") or "") if tag == "a" else ""
            if mark:
                run.wrap(since, mark, mark)
            elif target:
                run.wrap(since, "[", f"]({target})")

    def _block(self, node: LexborNode) -> list[Block]:  # noqa: PLR0911 - one answer per kind
        tag = node.tag or ""
        if tag in UNSEEN:
            return []
        if tag in _NEVER_ARTICLE or _is_furniture(node):
            self._leave_out(node, _AROUND.get(tag, "furniture of the old site"))
            return []
        if tag in _MEDIA:
            self._media(node)
            return []
        if re.fullmatch("h[1-6]", tag):
            return self._heading(node, int(tag[1]))
        if tag in {"ul", "ol", "menu"}:
            return self._list(node)
        if tag == "blockquote":
            return _quoted(self._blocks(node))
        if tag == "table":
            return self._table(node)
        if tag == "dt":
            return [_strong(block) for block in self._blocks(node)]
        return self._blocks(node)

    def _heading(self, node: LexborNode, level: int) -> list[Block]:
        blocks = self._blocks_of_run(node)
        if node.mem_id == self._title and self._take_title(blocks):
            return []
        for block in blocks:
            block.kind, block.level = "heading", max(2, min(level, 4))
        return blocks

    def _take_title(self, blocks: list[Block]) -> bool:
        if len(blocks) != 1 or len(blocks[0].items[0].text) > LONGEST_TITLE:
            return False
        self._document.title = blocks[0].items[0]
        return True

    def _blocks_of_run(self, node: LexborNode) -> list[Block]:
        """The words of `node` as one line each, without breaks."""
        run = Run()
        for child in node.traverse(include_text=True):
            if child.tag == "-text":
                run.add_text(child.text(deep=False), self._next())
            elif child.tag == "img":
                self._picture(child)
        return _paragraphs(run)

    def _list(self, node: LexborNode) -> list[Block]:
        kind = "numbers" if node.tag == "ol" else "bullets"
        start = node.attributes.get("start") or ""
        block = Block(kind=kind, items=[], first_number=int(start) if start.isdigit() else 1)
        for child in node.iter(include_text=True):
            inner = self._blocks(child) if child.tag != "-text" else self._loose(child)
            if inner:
                parts = [part for each in inner for item in each.items for part in item.parts]
                block.items.append(Item.of(parts, "\n".join(_tight(inner))))
        return [block] if block.items else []

    def _loose(self, node: LexborNode) -> list[Block]:
        run = Run()
        self._inline(node, run)
        return _paragraphs(run)

    def _table(self, node: LexborNode) -> list[Block]:
        """A table with plain cells as one; of any other the cells, one after the other."""
        rows = [[cell for cell in row.iter() if cell.tag in {"td", "th"}] for row in node.css("tr")]
        widest = max((len(row) for row in rows), default=0)
        if widest < 2 or node.css("table table, li, h1, h2, h3, [rowspan], [colspan]"):  # noqa: PLR2004
            return self._blocks(node)
        lines, parts = [], []
        for row in rows:
            cells = []
            for cell in row:
                items = [item for block in self._blocks(cell) for item in block.items]
                parts += [part for item in items for part in item.parts]
                cells.append(" ".join(item.markdown.replace("\\\n", " ") for item in items))
            cells += [""] * (widest - len(cells))
            lines.append(f"| {' | '.join(cells)} |")
        lines.insert(1, f"|{' --- |' * widest}")
        caption = [block for found in node.css("caption") for block in self._blocks(found)]
        if caption:
            return self._blocks(node)
        return [Block(kind="whole", items=[Item.of(parts, "\n".join(lines))])] if parts else []

    def _leave_out(self, node: LexborNode, reason: str) -> None:
        """Quote every text below `node`, one line each."""
        if node.tag in UNSEEN:
            return
        if node.tag == "-text":
            text, at = squeezed(node.text(deep=False)), self._next()
            if text:
                self._document.left_out.append(LeftOut(text=text, reason=reason, at=at))
            return
        if node.tag == "img":
            self._picture(node)
        elif node.mem_id == self._title:
            self._document.blocks += self._heading(node, 1)
        else:
            for child in node.iter(include_text=True):
                self._leave_out(child, _AROUND.get(child.tag or "", reason))

    def _picture(self, node: LexborNode) -> None:
        source = node.attributes.get("src") or node.attributes.get("data-src") or ""
        alt = squeezed(node.attributes.get("alt") or "")
        if source or alt:
            self._document.pictures.append(Picture(address=source, alt=alt))

    def _media(self, node: LexborNode) -> None:
        source = node.attributes.get("src") or node.attributes.get("data") or "without an address"
        self._document.proposals.append(
            f"{node.tag} {source!r} was embedded; link to it if patients need it."
        )
        for child in node.iter(include_text=True):
            self._leave_out(child, "shown in place of embedded media")

    def _next(self) -> int:
        self._at += 1
        return self._at


def _holds(node: LexborNode, root: LexborNode) -> bool:
    parent: LexborNode | None = root
    while parent is not None:
        if parent.mem_id == node.mem_id:
            return True
        parent = parent.parent
    return False


def _is_furniture(node: LexborNode) -> bool:
    if node.attributes.get("role") in {"navigation", "search", "banner", "contentinfo"}:
        return True
    names = f"{node.attributes.get('id') or ''} {node.attributes.get('class') or ''}".lower()
    return _FURNITURE.search(names.replace("_", "-")) is not None


def _paragraphs(run: Run) -> list[Block]:
    return [Block(kind="paragraph", items=[item]) for item in run.items()]


def _strong(block: Block) -> Block:
    items = [Item.of(item.parts, f"**{item.markdown}**") for item in block.items]
    return Block(kind=block.kind, items=items)


def _quoted(blocks: list[Block]) -> list[Block]:
    if not blocks:
        return []
    parts = [part for block in blocks for item in block.items for part in item.parts]
    lines = "\n\n".join(_markdown(block) for block in blocks).split("\n")
    return [
        Block(
            kind="whole", items=[Item.of(parts, "\n".join(f"> {line}".rstrip() for line in lines))]
        )
    ]


def _tight(blocks: list[Block]) -> Iterator[str]:
    """The blocks of one list item: a list follows its line at once, a paragraph after a blank."""
    for index, block in enumerate(blocks):
        if index and not block.is_list:
            yield ""
        yield _markdown(block)


def _markdown(block: Block) -> str:
    # a heading inside of a list or a quotation is a line of its own there
    return block.markdown() if block.kind != "heading" else block.items[0].markdown
