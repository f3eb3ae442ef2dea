"""The first stage's template language: Jinja, autoescaped, with the words and a few functions."""

import re
import unicodedata
from datetime import date
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from content import times
from content.form_switches import own_name
from content.keeping import keeping
from content.model import Article, Clinic
from contract.directory import Choice, Location
from plumbing.words import ENGLISH, words_of


@cache
def environment(language: str = ENGLISH) -> Environment:
    """Templates in one of the interface's languages: `_("…")` in them is translated."""
    spoken = words_of("content", language)
    made = Environment(
        loader=PackageLoader("content"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(spoken.translations, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "language": spoken.language,
        "hours_lines": partial(times.hours_lines, spoken),
        "hours_rows": partial(times.hours_rows, spoken),
        "week": partial(times.week, spoken),
        "closed_days": times.closed_days,
        "search_words": _search_words,
        "newest_first": _newest_first,
        "open_sentence": partial(times.open_sentence, spoken),
        "closure_line": partial(times.closure_line, spoken),
        "reply_time": partial(times.reply_time, spoken),
        "keeping": partial(keeping, spoken),
        "long_date": spoken.full_date,
        "slowest": _slowest,
        "sentences": _sentences,
        "paragraphs": _paragraphs,
        "choices": _choices,
        "spoken": _spoken,
        "short_hours": partial(times.short_hours, spoken),
        "html": Markup,  # only for what content.markdown sanitized, and for the templates' own
    }
    return made


def _slowest(clinic: Clinic) -> Location:
    """The location that takes longest to answer: what all can promise."""
    return max(clinic.locations, key=lambda location: location.reply_minutes)


def _search_words(place: Location) -> str:
    """What people type who look for `place`, plain and in lower case, as places.js compares."""
    words = " ".join((place.name, place.city, place.postal_code, *place.towns))
    return unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()


def _newest_first(articles: tuple[Article, ...]) -> list[Article]:
    return sorted(articles, key=lambda article: article.updated or date.min, reverse=True)


def _sentences(text: str) -> list[str]:
    """A headline's sentences, each of which gets a line of its own."""
    return re.findall(r"[^.?!]+[.?!]*", text)


def _spoken(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Languages to choose from, each by the name it has for itself."""
    return [(code, own_name(code)) for code in codes]


def _paragraphs(text: str) -> list[str]:
    """A text as it was typed: a blank line begins a new paragraph."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def _choices(choices: tuple[Choice, ...]) -> list[tuple[str, str]]:
    return [(choice.value, choice.label) for choice in choices]
