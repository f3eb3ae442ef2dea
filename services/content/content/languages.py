"""A clinic in a second language: what its file says for that, and the clinic as it is read there.

The interface's own words come from the catalogs; a clinic adds its headline, its services and what
an appointment can be for.  What it does not translate is left out, never shown in the wrong
language; names of reasons stay as they are, so that nobody misses one.
"""

from dataclasses import replace

from content.model import Clinic, Service, Translation
from content.tables import Table
from contract.directory import Choice, Location
from plumbing.words import ENGLISH, languages

NAMES = {"en": "English", "es": "Español"}


def read_languages(table: Table) -> tuple[str, ...]:
    """`languages = ["en", "es"]`: of the pages, English first."""
    known = languages("content")
    wanted = table.texts("languages", (ENGLISH,))
    for name in wanted:
        if name not in known:
            table.wrong("languages", f"no words in {name!r}", f"choose from: {', '.join(known)}")
    if ENGLISH not in wanted:
        table.wrong("languages", "English is missing", 'begin with "en"')
    return (ENGLISH, *(name for name in known if name in wanted and name != ENGLISH))


def read_translations(table: Table, wanted: tuple[str, ...]) -> tuple[Translation, ...]:
    """The tables [es], …: a clinic's own words in the languages of its pages."""
    found = []
    for name in languages("content"):
        if name == ENGLISH or name not in table:
            continue
        if name not in wanted:
            remedy = f'add: languages = ["en", "{name}"], or remove the table'
            table.wrong(name, f"[{name}] is there, but its pages are not switched on", remedy)
        found.append(_translation(table.table(name), name))
    return tuple(found)


def in_language(clinic: Clinic, language: str) -> Clinic:
    """`clinic` as its pages in `language` show it."""
    if language == ENGLISH:
        return clinic
    own = next((words for words in clinic.translations if words.language == language), None)
    own = own or Translation(language=language)
    labels = dict(own.reasons)
    return replace(
        clinic,
        headline=own.headline or clinic.name,
        intro=own.intro,
        services=own.services,
        reasons=tuple(
            Choice(value=choice.value, label=labels.get(choice.value, choice.label))
            for choice in clinic.reasons
        ),
        services_title="",
        articles=(),
        pages=(),
        drafts=(),
        people=(),
        visits=(),
        locations=tuple(_without_reasons(place) for place in clinic.locations),
    )


def _without_reasons(location: Location) -> Location:
    """Its closures by their days alone: why is said in the clinic's English words."""
    closures = tuple(replace(closure, reason="") for closure in location.closures)
    return replace(location, closures=closures)


def _translation(table: Table, language: str) -> Translation:
    reasons = table.table("reasons")
    translation = Translation(
        language=language,
        headline=table.text("headline", "", at_most=120),
        intro=table.text("intro", "", at_most=400),
        services=tuple(_service(entry) for entry in table.tables("services")),
        reasons=tuple((key, reasons.text(key, at_most=80)) for key in reasons.items()),
    )
    table.finish()
    return translation


def _service(table: Table) -> Service:
    service = Service(name=table.text("name", at_most=60), text=table.text("text", at_most=240))
    table.finish()
    return service
