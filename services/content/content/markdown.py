"""Markdown becomes safe HTML: CommonMark without raw HTML, blocks, tokens, then a sanitizer."""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from content.blocks import BLOCKS, CARDS
from content.containers import call_to_action, opening, pair_cards
from content.locking import lock_of, unclosed_blocks
from content.model import Heading, Link
from content.tokens import Problem, Values, resolve, resolved

LONGEST_SLUG = 60
LIBRARY_LINK = "library:"
# fmt: off
_TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "figcaption", "figure", "h2", "h3", "h4", "hr",
    "img", "li", "ol", "p", "pre", "section", "strong", "table", "tbody", "td", "th", "thead", "tr",
    "ul",
}
# fmt: on
_CLASSES = {
    "section": {"card", *CARDS},
    "div": {"pair", "clinical", "local"},
    "figure": {"media"},
    "p": {"card-title", "actions"},
    "a": {"button", "quiet"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """`blocks`: the name of each block, in order.  `lock`: the hash of all locked blocks as they
    are written, "" when there is none."""

    html: str
    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    problems: tuple[Problem, ...]
    blocks: tuple[str, ...]
    lock: str


def render(text: str, *, first_line: int = 1, values: Values | None = None) -> Rendered:
    """`text` as HTML with its tokens resolved by `values`, by their fallbacks where it is None.

    Line numbers in the answer count from `first_line`.
    """
    return _rendered(text, first_line, values or Values())


@lru_cache(maxsize=1024)  # of a folder with one changed file, all others are known
def _rendered(text: str, first_line: int, values: Values) -> Rendered:
    tokens = parse(text)
    problems: list[Problem] = []
    _resolve_tokens(tokens, values, first_line, problems)
    _resolve_library_links(tokens, values)
    headings = _name_headings(tokens)
    links = tuple(_links(tokens, first_line))
    problems += _problems(tokens, first_line)
    problems += [
        Problem(
            line=first_line + line, what="a block that is not closed", remedy="add a line with :::"
        )
        for line in unclosed_blocks(text, tokens)
    ]
    html = nh3.clean(
        _markdown().renderer.render(
            call_to_action(pair_cards(tokens), values), _markdown().options, {}
        ),
        tags=_TAGS,
        attributes={
            "a": {"href", "title"},
            "h2": {"id"},
            "h3": {"id"},
            "img": {"alt", "src"},
            "ol": {"start"},
        },
        allowed_classes=_CLASSES,
        url_schemes={"drawing", "http", "https", "mailto", "tel"},
        link_rel="noopener",
    )
    return Rendered(
        html=html,
        headings=headings,
        links=links,
        problems=tuple(problems),
        blocks=tuple(_block_name(token) for token in tokens if _opens_block(token)),
        lock=lock_of(text, tokens),
    )


def parse(text: str) -> list[Token]:
    return _markdown().parse(text)


def slug_of(text: str) -> str:
    """A slug made of `text`.

    >>> slug_of("Don\N{RIGHT SINGLE QUOTATION MARK}t wait: call us")
    'dont-wait-call-us'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
    return slug if len(slug) <= LONGEST_SLUG else slug[: LONGEST_SLUG + 1].rsplit("-", 1)[0]


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    markdown.disable("text_join")  # _resolve_line joins, so that \\{\\{ is never part of a token
    for name, block in BLOCKS.items():
        container_plugin(markdown, name, render=opening(name, block))
    return markdown


def _opens_block(token: Token) -> bool:
    return token.type.startswith("container_") and token.nesting > 0


def _block_name(token: Token) -> str:
    return token.type.removeprefix("container_").removesuffix("_open")


def _resolve_tokens(
    tokens: list[Token], values: Values, first_line: int, problems: list[Problem]
) -> None:
    for token in tokens:
        line = first_line + (token.map[0] if token.map else 0)

        def wrong(what: str, remedy: str, line: int = line) -> None:
            problems.append(Problem(line=line, what=what, remedy=remedy))

        if _opens_block(token) and "{{" in token.info:
            token.info = resolved(token.info, values, wrong)
        elif token.type in {"fence", "code_block"} and "{{" in token.content:
            wrong("a token inside code", "write it as plain text")
        elif token.children:
            token.children = _resolve_line(token.children, values, wrong)


def _resolve_line(
    children: list[Token], values: Values, wrong: Callable[[str, str], None]
) -> list[Token]:
    fresh: list[Token] = []
    inside_link = 0
    for child in children:
        inside_link += child.nesting if child.type in {"link_open", "link_close"} else 0
        if child.type == "code_inline" and "{{" in child.content:
            wrong("a token inside code", "write it as plain text")
        elif "{{" in str(child.attrGet("href") or "") or "%7B%7B" in str(child.attrGet("href")):
            wrong("a token inside an address", "write the address out, or use {{phone: …}} alone")
        if child.type == "text_special":  # a character that was written with a backslash
            child.type = "text"
        elif child.type == "text" and ("{{" in child.content or "}}" in child.content):
            fresh += _resolve_text(child, values, wrong, is_in_link=inside_link > 0)
            continue
        fresh.append(child)
    return fresh


def _resolve_text(
    child: Token, values: Values, wrong: Callable[[str, str], None], *, is_in_link: bool
) -> Iterator[Token]:
    for piece in resolve(child.content, values, wrong):
        text = Token("text", "", 0, content=piece.text)
        if piece.phone and not is_in_link:
            yield Token("link_open", "a", 1, attrs={"href": f"tel:{piece.phone}"})
            yield text
            yield Token("link_close", "a", -1)
        else:
            yield text


def _resolve_library_links(tokens: list[Token], values: Values) -> None:
    """A link to a library article leads to where this clinic has placed it, else it is text."""
    for token in tokens:
        kept: list[Token] = []
        opened: list[bool] = []  # of each open link: is it shown?
        for child in token.children or ():
            if child.type == "link_open":
                href = str(child.attrGet("href"))
                if href.startswith(LIBRARY_LINK):
                    address = values.placed.get(href.removeprefix(LIBRARY_LINK), "")
                    child.attrSet("href", address)
                    opened.append(bool(address))
                else:
                    opened.append(True)
                if not opened[-1]:
                    continue
            elif child.type == "link_close" and not opened.pop():
                continue
            kept.append(child)
        if token.children:
            token.children = kept


def _name_headings(tokens: list[Token]) -> tuple[Heading, ...]:
    """Give each heading an id; the level-two ones come back for the contents list."""
    seen: dict[str, int] = {}
    headings = []
    for token, inline in itertools.pairwise(tokens):
        if token.type != "heading_open":
            continue
        text = "".join(child.content for child in inline.children or ())
        name = slug_of(text) or "section"
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name}-{seen[name]}"
        token.attrSet("id", name)
        if token.tag == "h2":
            headings.append(Heading(id=name, text=text))
    return tuple(headings)


def _links(tokens: list[Token], first_line: int) -> list[Link]:
    """Every link with the words in it, and every picture."""
    links = []
    for token in tokens:
        children = token.children or []
        line = first_line + (token.map[0] if token.map else 0)
        for at, child in enumerate(children):
            target = str(child.attrGet("href") or "")
            if child.type == "image":
                links.append(Link(target=str(child.attrGet("src")), line=line, is_picture=True))
            elif child.type == "link_open":
                inside = itertools.takewhile(lambda c: c.type != "link_close", children[at:])
                name = "".join(each.content for each in inside).strip()
                is_outside = re.match(r"[a-z][a-z0-9+.-]*:|//", target) is not None
                links.append(Link(target=target, line=line, name=name, is_outside=is_outside))
    return links


def _problems(tokens: list[Token], first_line: int) -> list[Problem]:
    """Mistakes of structure, the first of each kind."""
    names = ", ".join(BLOCKS)
    kinds: tuple[tuple[Callable[[Token], bool], str, str], ...] = (
        (
            lambda token: token.type == "heading_open" and token.tag == "h1",
            "a heading with one #",
            "use ## (the title is the only level-one heading)",
        ),
        (
            lambda token: token.type == "inline" and token.content.startswith(":::"),
            "a ::: line that opens no block",
            f"use one of: {names}; close with :::",
        ),
        (
            lambda token: any(c.type == "image" and not c.content for c in token.children or ()),
            "a picture without words for those who do not see it",
            "say what it shows between the brackets: ![…](…)",
        ),
    )
    found = []
    for is_wrong, what, remedy in kinds:
        for token in tokens:
            if is_wrong(token) and token.map:
                found.append(Problem(line=first_line + token.map[0], what=what, remedy=remedy))
                break
    return found
