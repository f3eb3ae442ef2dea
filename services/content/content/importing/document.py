"""A document that was read: its title, its blocks, what is no part of it, what is left to do.

Each piece knows where it stood in the source, so that nothing can get lost on the way: the pieces
of a document in their order are the source (see draft.lost_words).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Self

LONGEST_TITLE = 120
LONGEST_DESCRIPTION = 200


Part = tuple[int, str]
"""(where it stood, what is read): a line of a plain text, a text of an HTML page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A paragraph, a heading or one item of a list: what is read, and how it is written."""

    parts: tuple[Part, ...]
    markdown: str

    @classmethod
    def of(cls, parts: Iterable[Part], markdown: str) -> Self:
        return cls(parts=tuple(parts), markdown=markdown)

    @property
    def text(self) -> str:
        return squeezed("".join(text for _, text in self.parts))

    @property
    def at(self) -> int:
        return self.parts[0][0]


@dataclass(slots=True, kw_only=True)
class Block:
    """`kind`: heading, paragraph, bullets or numbers; or whole, which is Markdown already."""

    kind: str
    items: list[Item]
    level: int = 2  # of a heading
    first_number: int = 1
    is_typed: bool = False  # a list whose bullets were typed

    @property
    def is_list(self) -> bool:
        return self.kind in {"bullets", "numbers"}

    def markdown(self) -> str:
        if self.kind == "heading":
            return f"{'#' * self.level} {self.items[0].markdown}"
        if self.kind == "bullets":
            return "\n".join(_list_item("- ", item.markdown) for item in self.items)
        if self.kind == "numbers":
            numbered = enumerate(self.items, start=self.first_number)
            return "\n".join(_list_item(f"{number}. ", item.markdown) for number, item in numbered)
        return self.items[0].markdown


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    text: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that the source names.  It is listed, never fetched."""

    address: str
    alt: str = ""


@dataclass(slots=True, kw_only=True)
class Document:
    """`tasks` stay in the draft until somebody has done them; `proposals` are only reported."""

    title: Item | None = None
    description: str = ""
    updated: date | None = None
    slug: str = ""  # as the source names it; "" when it names none
    blocks: list[Block] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    proposals: list[str] = field(default_factory=list)
    markers: list[Part] = field(default_factory=list)  # typed bullets that a list took the place of
    kind: str = "article"
    permalink: str = ""  # the path at which the source was read until now
    has_lines: bool = False  # `at` is a line number

    def items(self) -> Iterator[Item]:
        for block in self.blocks:
            yield from block.items

    def leave_out(self, item: Item, reason: str) -> None:
        self.left_out.append(LeftOut(text=item.text, reason=reason, at=item.at))

    def place(self, at: int) -> str:
        """How a message names a place of the source, with a colon; "" where lines mean nothing."""
        return f"Line {at}: " if self.has_lines else ""


def _list_item(marker: str, markdown: str) -> str:
    inner = "\n".join(f"{' ' * len(marker)}{line}".rstrip() for line in markdown.split("\n"))
    return marker + inner.lstrip()


def squeezed(text: str) -> str:
    return " ".join(text.split())
