"""The blocks that an article is made of: ::: name … ::: in Markdown, plain text between them."""

# ruff: noqa: RUF001 - apostrophes are set as in print

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`title` is shown when the writer gives none.  `is_locked`: clinical, so a reviewer answers
    for each word of it, and no placement changes it."""

    title: str = ""
    is_locked: bool = True
    tag: str = "section"
    is_card: bool = True


BLOCKS = {
    "clinical": Block(tag="div", is_card=False),
    "help": Block(title="When to get help now"),
    "tonight": Block(title="Tonight"),
    "short": Block(title="In short"),
    "do": Block(title="Do"),
    "dont": Block(title="Don’t"),
    "list": Block(),
    "media": Block(tag="figure", is_card=False),
    "note": Block(title="Good to know", is_locked=False),
    "cta": Block(is_locked=False),
    "local": Block(tag="div", is_locked=False, is_card=False),
}
CARDS = tuple(name for name, block in BLOCKS.items() if block.is_card)
LOCKED = tuple(name for name, block in BLOCKS.items() if block.is_locked)
