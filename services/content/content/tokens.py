"""Words that differ from clinic to clinic: {{town: your town}}, resolved for one place.

    {{clinic: us}}   {{town: your town}}   {{phone: our number}}   {{practitioner: your clinician}}
    {{areas or: the towns around}}          the joiner is "and" (default) or "or"

What stands after the colon is the fallback: shown where the place has no such word.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

NAMES = ("clinic", "town", "phone", "practitioner", "areas")
JOINERS = ("and", "or")

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(r"\s*([^\s:]*)(?:\s+([^\s:]+))?\s*(?::\s*(.*?)\s*)?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong on a line of a text."""

    line: int
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What the tokens stand for in one place; "" where the fallback is shown.

    `request` is where a call to action leads, "" where the phone is the only way.  `placed`: slug
    of a library article -> its address in this clinic.
    """

    clinic: str = ""
    town: str = ""
    phone: str = ""  # as in tel: links
    phone_display: str = ""
    practitioner: str = ""
    areas: tuple[str, ...] = ()
    request: str = ""
    placed: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a text with its tokens resolved.  `phone`: the number that it should dial."""

    text: str
    phone: str = ""


def joined(words: tuple[str, ...], joiner: str) -> str:
    """
    >>> joined(("Marsden", "Oak Bend", "Low Ferry"), "or")
    'Marsden, Oak Bend or Low Ferry'
    """
    if len(words) < 2:  # noqa: PLR2004
        return "".join(words)
    return f"{', '.join(words[:-1])} {joiner} {words[-1]}"


def resolve(text: str, values: Values, wrong: Callable[[str, str], None]) -> Iterator[Piece]:
    """`text` in pieces.  `wrong` is told what is wrong and what to do; the piece is then left out,
    so that no brace ever reaches a page."""
    position = 0
    for match in _BRACES.finditer(text):
        yield from _plain(text[position : match.start()], wrong)
        position = match.end()
        if piece := _resolved(match.group(), match.group(1), values, wrong):
            yield piece
    yield from _plain(text[position:], wrong)


def resolved(text: str, values: Values, wrong: Callable[[str, str], None]) -> str:
    """`text` as one line of plain text."""
    return "".join(piece.text for piece in resolve(text, values, wrong))


def _plain(text: str, wrong: Callable[[str, str], None]) -> Iterator[Piece]:
    if "{{" in text or "}}" in text:
        remedy = "write {{town: your town}} in one piece, without formatting inside"
        wrong("an unfinished token", remedy)
        text = text.replace("{{", "").replace("}}", "")
    if text:
        yield Piece(text=text)


def _resolved(
    written: str, inside: str, values: Values, wrong: Callable[[str, str], None]
) -> Piece | None:
    match = _TOKEN.fullmatch(inside)
    name, joiner, fallback = match.groups() if match else ("", None, None)
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(NAMES)}"
        wrong(f"{written} is no token", remedy)
    elif joiner and (name != "areas" or joiner not in JOINERS):
        wrong(f"{written} has a word too many", "only areas has a joiner: and, or")
    elif not fallback:
        remedy = f"write what is shown where there is none, like {{{{{name}: {_EXAMPLES[name]}}}}}"
        wrong(f"{written} has no fallback", remedy)
    elif name == "phone" and values.phone:
        return Piece(text=values.phone_display, phone=values.phone)
    elif name == "areas":
        return Piece(text=joined(values.areas, joiner or "and") or fallback)
    else:
        return Piece(text=getattr(values, name) or fallback)
    return None


_EXAMPLES = {
    "clinic": "us",
    "town": "your town",
    "phone": "our number",
    "practitioner": "your clinician",
    "areas": "the towns around",
}
