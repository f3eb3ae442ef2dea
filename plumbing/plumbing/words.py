"""The interface's words: English stands in the code, every other language in a catalog beside it.

A package keeps its catalogs in `locale/<language>/LC_MESSAGES/messages.po`, as gettext does; they
are read as they are, so there is no compiled file that could be stale.  `make words` brings them
up to date with the code (plumbing.catalogs).
"""

from datetime import date, datetime, time
from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from babel.units import format_unit

ENGLISH = "en"
NOON = 12
YEAR = 365  # days
# CLDR patterns of a day that is spoken of and of a date in full, as people in the US write them
DAYS = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}
DATES = {"en": "MMMM d, y", "es": "d 'de' MMMM 'de' y"}


class Words:
    """`words("Call %(phone)s", phone=…)`: a sentence in one language, its gaps filled.

    A text without a translation stays English.  As in every gettext catalog a percent sign in a
    text is written twice.
    """

    def __init__(self, translations: NullTranslations, language: str) -> None:
        self.translations = translations
        self.language = language

    def __call__(self, text: str, /, **values: object) -> str:
        # the empty text is where a catalog keeps its header
        return self.translations.gettext(text) % values if text else ""

    def day(self, day: date) -> str:
        """ "Sunday, December 6", "domingo 6 de diciembre"."""
        return format_date(day, DAYS[self.language], locale=self.language)

    def full_date(self, day: date) -> str:
        """ "December 6, 2026", "6 de diciembre de 2026"."""
        return format_date(day, DATES[self.language], locale=self.language)

    def weekday(self, day: date) -> str:
        """ "Sunday", "domingo"."""
        return format_date(day, "EEEE", locale=self.language)

    def period(self, days: int) -> str:
        """Whole years as years: 730 is "2 years", 30 is "30 days"; "2 años", "30 días"."""
        years, rest = divmod(days, YEAR)
        unit, count = ("year", years) if years and not rest else ("day", days)
        return format_unit(count, f"duration-{unit}", "long", locale=self.language)

    def clock(self, moment: datetime) -> str:
        """The wall time of `moment`: "11:04 pm", "11:04 p. m."."""
        return f"{moment.hour % NOON or NOON}:{moment:%M} {self.half(moment)}"

    def at(self, moment: datetime) -> str:
        """The wall time as it stands in a sentence: "11:04 pm", "las 11:04 p. m."."""
        before = "" if self.language == ENGLISH else "la " if moment.hour % NOON == 1 else "las "
        return before + self.clock(moment)

    def half(self, moment: datetime | time) -> str:
        """ "am", "pm"; "a. m.", "p. m."."""
        half = "am" if moment.hour < NOON else "pm"
        return half if self.language == ENGLISH else f"{half[0]}. m."


def languages(package: str) -> tuple[str, ...]:
    """The languages that `package` speaks, English first."""
    folder = files(package) / "locale"
    found = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    return (ENGLISH, *found)


@cache
def words_of(package: str, language: str = ENGLISH) -> Words:
    """The words of `package` in `language`; in English where it does not speak that language."""
    if language == ENGLISH or language not in languages(package):
        return Words(NullTranslations(), ENGLISH)
    source = files(package) / "locale" / language / "LC_MESSAGES" / "messages.po"
    with source.open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Words(Translations(compiled), language)


def later(text: str) -> str:
    """Marks a text for the catalogs where it is written down but not yet said."""
    return text
