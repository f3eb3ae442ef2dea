"""Markdown files become safe HTML: CommonMark without raw HTML, care cards, then a sanitizer."""

# ruff: noqa: RUF001, RUF002 - apostrophes are set as in print

import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from content.model import Heading, Link

LONGEST_SLUG = 60
CARDS = {  # ::: name … :::
    "help": "When to get help now",
    "do": "Do",
    "dont": "Don’t",
    "note": "Good to know",
}
# fmt: off
_TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre",
    "section", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """`first_heading_1`: the line of a level-one heading, which only the title may be; else 0."""

    html: str
    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    first_heading_1: int
    stray_card: int


def render(text: str, *, first_line: int = 1) -> Rendered:
    """`text` as HTML; line numbers in the answer count from `first_line`."""
    tokens = _markdown().parse(text)
    headings = _name_headings(tokens)
    html = nh3.clean(
        _markdown().renderer.render(_pair_cards(tokens), _markdown().options, {}),
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "h2": {"id"}, "h3": {"id"}, "ol": {"start"}},
        allowed_classes={"section": {"card", *CARDS}, "div": {"pair"}, "p": {"card-title"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener",
    )
    return Rendered(
        html=html,
        headings=headings,
        links=tuple(_internal_links(tokens, first_line)),
        first_heading_1=_line(
            tokens, first_line, lambda t: t.type == "heading_open" and t.tag == "h1"
        ),
        stray_card=_line(
            tokens, first_line, lambda t: t.type == "inline" and t.content.startswith(":::")
        ),
    )


def slug_of(text: str) -> str:
    """A slug made of `text`.

    >>> slug_of("Don’t wait: call us")
    'dont-wait-call-us'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
    return slug if len(slug) <= LONGEST_SLUG else slug[: LONGEST_SLUG + 1].rsplit("-", 1)[0]


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    for name, title in CARDS.items():
        container_plugin(markdown, name, render=_card_renderer(name, title))
    return markdown


def _card_renderer(name: str, title: str) -> Callable[..., str]:
    def render_card(
        _self: object, tokens: Sequence[Token], index: int, _options: object, _env: object
    ) -> str:
        if tokens[index].nesting < 0:
            return "</section>\n"
        own_title = tokens[index].info.strip().removeprefix(name).strip()
        heading = f'<p class="card-title">{_escape(own_title or title)}</p>'
        return f'<section class="card {name}">{heading}\n'

    return render_card


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


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


def _pair_cards(tokens: list[Token]) -> list[Token]:
    """Put a do card and the don't card that follows it side by side."""
    paired: list[Token] = []
    opened_at = 0
    for index, token in enumerate(tokens):
        following = tokens[index + 1].type if index + 1 < len(tokens) else ""
        if token.type == "container_do_open":
            opened_at = len(paired)
        paired.append(token)
        if token.type == "container_do_close" and following == "container_dont_open":
            paired.insert(opened_at, _block('<div class="pair">'))
        elif token.type == "container_dont_close" and _opens_pair(paired):
            paired.append(_block("</div>"))
    return paired


def _opens_pair(tokens: list[Token]) -> bool:
    blocks = [token.content.strip() for token in tokens if token.type == "html_block"]
    return blocks.count('<div class="pair">') > blocks.count("</div>")


def _block(html: str) -> Token:
    return Token("html_block", "", 0, content=html + "\n", block=True)


def _internal_links(tokens: list[Token], first_line: int) -> list[Link]:
    links = []
    for token in tokens:
        for child in token.children or ():
            target = str(child.attrGet("href") or "")
            if child.type == "link_open" and not re.match(r"[a-z][a-z0-9+.-]*:|//", target):
                line = first_line + (token.map[0] if token.map else 0)
                links.append(Link(target=target, line=line))
    return links


def _line(tokens: list[Token], first_line: int, wanted: Callable[[Token], bool]) -> int:
    for token in tokens:
        if wanted(token) and token.map:
            return first_line + token.map[0]
    return 0
