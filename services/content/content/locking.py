"""Locked blocks: the hash that an attestation names, and the places for local text."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from markdown_it.token import Token

from content.blocks import LOCKED

_FENCE = re.compile(r":{3,}")
_LOCKED_TYPES = {f"container_{name}_open" for name in LOCKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalBlock:
    """One ::: local name … ::: of a text.  `first` and `after`: its lines, counted from 0."""

    name: str
    first: int
    after: int
    is_in_locked: bool

    def inside(self, lines: list[str]) -> str:
        body = lines[self.first + 1 : self.after]
        return "\n".join(body[:-1] if body and body[-1].strip().startswith(":::") else body)


def lock_of(text: str, tokens: Iterable[Token]) -> str:
    """SHA-256 of the locked blocks as they are written, their order included; "" without any.

    Blanks at the end of a line do not count.
    """
    lines = text.split("\n")
    digest = hashlib.sha256()
    is_empty = True
    for first, after in _locked(tokens):
        block = "\n".join(line.rstrip() for line in lines[first:after])
        digest.update(f"{block}\n\0".encode())
        is_empty = False
    return "" if is_empty else digest.hexdigest()


def local_blocks(tokens: Iterable[Token]) -> Iterator[LocalBlock]:
    locked_until = 0
    for token in tokens:
        if not token.map or token.nesting <= 0:
            continue
        if token.type in _LOCKED_TYPES:
            locked_until = max(locked_until, token.map[1])
        elif token.type == "container_local_open":
            yield LocalBlock(
                name=token.info.strip().removeprefix("local").strip(),
                first=token.map[0],
                after=_end(token),
                is_in_locked=token.map[0] < locked_until,
            )


def with_local_text(text: str, tokens: Iterable[Token], local: Mapping[str, str]) -> str:
    """`text` with each named local block filled with the clinic's own words."""
    lines = text.split("\n")
    for block in reversed(list(local_blocks(tokens))):
        if block.name in local:
            fence = ":" * (
                1 + max((len(run) for run in _FENCE.findall(local[block.name])), default=2)
            )
            filled = [f"{fence} local {block.name}", local[block.name], fence]
            lines[block.first : block.after] = filled
    return "\n".join(lines)


def unclosed_blocks(text: str, tokens: Iterable[Token]) -> list[int]:
    """The lines, from 0, of blocks that run to the end of what they are in."""
    lines = text.split("\n")
    return [
        token.map[0]
        for token in tokens
        if token.type.startswith("container_")
        and token.map
        and not (token.map[1] < len(lines) and _FENCE.fullmatch(lines[token.map[1]].strip()))
    ]


def without_local_blocks(text: str, tokens: Iterable[Token]) -> str:
    lines = text.split("\n")
    for block in reversed(list(local_blocks(tokens))):
        del lines[block.first : block.after]
    return "\n".join(lines).strip()


def _locked(tokens: Iterable[Token]) -> Iterator[tuple[int, int]]:
    """First line and the line after of each locked block that is in no other."""
    until = 0
    for token in tokens:
        if token.type in _LOCKED_TYPES and token.map and token.map[0] >= until:
            until = _end(token)
            yield token.map[0], until


def _end(token: Token) -> int:
    assert token.map is not None  # noqa: S101 - containers have one
    return token.map[1] + 1  # the plugin's map ends before the closing fence
