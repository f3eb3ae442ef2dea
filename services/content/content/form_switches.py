"""The [forms] table of a clinic: which forms it has, and what they offer."""

from typing import TypedDict

from babel import Locale, UnknownLocaleError

from content.model import Clinic
from content.tables import Table

CONFIRMATIONS = ("text", "email")


class Switches(TypedDict):
    forms: tuple[str, ...]
    speaks: tuple[str, ...]
    confirmations: tuple[str, ...]
    click_ids: bool
    comments: bool


def read_switches(table: Table, clinic: Clinic) -> Switches:
    kinds = tuple(kind for kind in ("contact", "appointment") if table.flag(kind, default=False))
    switches = Switches(
        forms=kinds,
        speaks=_speaks(table, clinic.speaks),
        confirmations=_confirmations(table),
        click_ids=table.flag("click_ids", default=False),
        comments=table.flag("comments", default=False),
    )
    table.finish()
    for kind in kinds:
        if not clinic.locations:
            remedy = "add a [[locations]], so that requests reach somebody, or switch it off"
            table.wrong(kind, f"{kind} is on, but the clinic has no location", remedy)
    if "appointment" in kinds and not clinic.reasons:
        remedy = 'add [reasons] with lines like: new-pain = "New pain"'
        table.wrong("appointment", "appointment is on, but there are no reasons to choose", remedy)
    return switches


def own_name(language: str) -> str:
    """What a language calls itself, as a name: "Español", "Tiếng Việt".

    Raises babel.UnknownLocaleError or ValueError for a code that is none.
    """
    name = Locale.parse(language).display_name or language
    return name[:1].upper() + name[1:]


def _speaks(table: Table, default: tuple[str, ...]) -> tuple[str, ...]:
    """Languages in which the staff, or an interpreter of theirs, can call."""
    wanted = table.texts("speaks", default)
    for code in wanted:
        try:
            own_name(code)
        except (UnknownLocaleError, ValueError):
            table.wrong("speaks", f"{code!r} is no language", 'write codes like "en", "es", "vi"')
            return default
    return wanted


def _confirmations(table: Table) -> tuple[str, ...]:
    wanted = table.texts("confirmations")
    for way in wanted:
        if way not in CONFIRMATIONS:
            remedy = f"choose from: {', '.join(CONFIRMATIONS)}"
            table.wrong("confirmations", f"{way!r} is no way to confirm", remedy)
    return tuple(way for way in CONFIRMATIONS if way in wanted)
