"""The running text of an HTML page: words with links and emphasis, written as Markdown.

A run is collected text by text; each text keeps its place in the page (`Part`), so that nothing can
be lost or change its order unseen.
"""

import re
from dataclasses import dataclass, field

from content.importing.document import Item, Part
from content.importing.escape import escaped_inside, escaped_start

LINE_BREAK = "\n"
_KEPT_LINK = re.compile(r"(https?://|mailto:|tel:|[/?#.]|[\w%-]+(/|\.html?|$))", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_NOT_IN_A_LINK = re.compile(r"[\s<>\\]")


@dataclass(slots=True)
class Run:
    """One paragraph's worth of text while it is read."""

    parts: list[Part] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)  # Markdown

    def add_text(self, text: str, at: int) -> None:
        self.parts.append((at, text))
        self.pieces.append(escaped_inside(re.sub(r"\s+", " ", text)))

    def add_break(self) -> None:
        self.pieces.append(LINE_BREAK)

    def wrap(self, since: int, before: str, after: str) -> None:
        """Put marks around what was added since `since`, with the blanks outside of them."""
        inner = "".join(self.pieces[since:])
        words = inner.strip()
        if not words or LINE_BREAK in words:
            return
        start = len(inner) - len(inner.lstrip())
        self.pieces[since:] = [inner[:start], before, words, after, inner[start + len(words) :]]

    def items(self) -> list[Item]:
        """One item, or none where nothing is read."""
        words = "".join(text for _, text in self.parts)
        if not words.strip():
            return []
        lines = [
            escaped_start(" ".join(line.split())) for line in "".join(self.pieces).split(LINE_BREAK)
        ]
        markdown = "\\\n".join(line for line in lines if line)
        return [Item.of(self.parts, markdown)]


def link_target(href: str) -> str:
    """`href` as a Markdown destination; "" when it is not one that a page may lead to."""
    href = href.strip()
    if _SCHEME.match(href) and not href.lower().startswith(("http:", "https:", "mailto:", "tel:")):
        return ""
    if not _KEPT_LINK.match(href):
        return ""
    return f"<{_NOT_IN_A_LINK.sub(lambda found: f'%{ord(found.group()):02X}', href)}>"
