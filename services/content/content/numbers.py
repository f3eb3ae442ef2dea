"""Every number with a unit that articles tell, so that contradictions stand side by side."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

# fmt: off
_WORDS = {
    "half": 0.5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
}
# fmt: on
_UNITS = {
    "%": "percent",
    "percent": "percent",
    "mg": "mg",
    "milligrams": "mg",
    "°f": "degrees",
    "degrees": "degrees",
    **{
        f"{unit}{ending}": f"{unit}s"
        for unit in (
            "second",
            "minute",
            "hour",
            "day",
            "week",
            "month",
            "year",
            "time",
            "pound",
            "mile",
        )
        for ending in ("", "s")
    },
}
_NUMBER = rf"(?:\d+(?:[.,]\d+)*|\b(?:{'|'.join(_WORDS)})\b)"
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?P<first>{_NUMBER})(?:\s*(?:-|\N{{EN DASH}}|to|or)\s*{_NUMBER})?\s*"
    rf"(?P<unit>{_UNIT})(?![a-z])",
    re.IGNORECASE,
)
_SHARE = re.compile(
    rf"(?P<first>{_NUMBER})\s+(?:out of|of|in)\s+(?:every\s+)?(?P<of>\d+|ten|hundred)\b",
    re.IGNORECASE,
)
_BLOCK_END = re.compile(r"</(?:p|li|h2|h3|h4|td|th|section)>|<br ?/?>")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Number:
    """One number in one sentence.  A share ("8 of 10") is in percent."""

    unit: str
    value: float
    written: str
    sentence: str


def numbers_in(html: str) -> tuple[Number, ...]:
    """Those of an article's text, in its order."""
    return tuple(number for sentence in sentences(html) for number in _numbers(sentence))


def sentences(html: str) -> list[str]:
    """The sentences of sanitized `html` as plain text."""
    text = unescape(re.sub(r"<[^>]+>", "", _BLOCK_END.sub("\n", html)))
    return [" ".join(part.split()) for part in _SENTENCE.split(text) if part.strip()]


def _numbers(sentence: str) -> Iterable[Number]:
    for match in _SHARE.finditer(sentence):
        value = 100 * _value(match["first"]) / _value(match["of"])
        yield Number(unit="percent", value=value, written=match[0], sentence=sentence)
    for match in _AMOUNT.finditer(sentence):
        unit = _UNITS[match["unit"].lower()]
        yield Number(unit=unit, value=_value(match["first"]), written=match[0], sentence=sentence)


def _value(written: str) -> float:
    if written.lower() == "hundred":
        return 100.0
    return float(_WORDS.get(written.lower()) or written.replace(",", ""))
