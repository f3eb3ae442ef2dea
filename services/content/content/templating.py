"""The first stage's template language: Jinja, autoescaped, with the words and a few functions."""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from content import times
from content.model import Clinic
from content.words import ENGLISH
from contract.directory import Choice, Location


@cache
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("content"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "t": ENGLISH,
        "hours_lines": times.hours_lines,
        "open_sentence": times.open_sentence,
        "closure_line": times.closure_line,
        "reply_time": times.reply_time,
        "long_date": times.long_date,
        "slowest": _slowest,
        "sentences": _sentences,
        "choices": _choices,
        "html": Markup,  # only for what content.markdown sanitized, and for the templates' own
    }
    return made


def _slowest(clinic: Clinic) -> Location:
    """The location that takes longest to answer: what all can promise."""
    return max(clinic.locations, key=lambda location: location.reply_minutes)


def _sentences(text: str) -> list[str]:
    """A headline's sentences, each of which gets a line of its own."""
    return re.findall(r"[^.?!]+[.?!]*", text)


def _choices(choices: tuple[Choice, ...]) -> list[tuple[str, str]]:
    return [(choice.value, choice.label) for choice in choices]
