"""The words of an alert: where, what, which and when.  Nothing that a patient said.

The same order every time, so that a glance is enough.
"""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from contract.directory import Brand, Clinic, Directory
from notify.phones import with_phones
from notify.states import ALERT

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
PLAIN = str.maketrans(
    "\u2018\u2019\u201c\u201d\u2010\u2011\u2013\u2014\u00b7", "''\"\"-----"
)  # typographers' quotes and dashes
KINDS = {"contact": "contact request", "appointment": "appointment request"}

UNBRANDED = Brand()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Whose letter it is.  `clinic`: its name; "": the group's own."""

    clinic: str = ""
    brand: Brand = UNBRANDED


def letterhead(clinic: Clinic | None) -> Letterhead:
    return Letterhead(clinic=clinic.name, brand=clinic.brand) if clinic else Letterhead()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that an alert may say."""

    what: str  # "appointment request"
    clinic: str
    location: str
    reference: str  # as people read it: "K7QF 2MPD"
    received_at: datetime
    zone: str  # IANA
    again: bool  # the patient has asked for the same before
    brand: Brand = UNBRANDED
    who: str = ""  # a first name, where there is an agreement for it (notify.agreement)

    @property
    def head(self) -> Letterhead:
        return Letterhead(clinic=self.clinic, brand=self.brand)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Why there is a message.  `kind`: of the step (notify.states); `holder`: who has it."""

    kind: str = ALERT
    holder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One request in a message, and how its contact can answer ("", None: not this way)."""

    about: Facts
    link: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """One message in the words of its channel; `subject` and `html` are "" for sms."""

    subject: str
    text: str
    html: str


def facts(
    directory: Directory | None,
    *,
    clinic: str,
    location: str,
    kind: str,
    reference: str,
    received_at: datetime,
    again: bool,
) -> Facts:
    """Names and zone from the directory; without one the slugs and UTC: an alert never waits."""
    known_clinic = directory.clinic(clinic) if directory else None
    known_location = known_clinic.location(location) if known_clinic else None
    return Facts(
        what=KINDS.get(kind, "request"),
        clinic=known_clinic.name if known_clinic else clinic,
        location=known_location.name if known_location else location,
        reference=spaced(reference),
        received_at=received_at,
        zone=known_location.zone if known_location else "UTC",
        again=again,
        brand=known_clinic.brand if known_clinic else Brand(),
    )


def spaced(reference: str) -> str:
    """
    >>> spaced("K7QF2MPD")
    'K7QF 2MPD'
    """
    half = len(reference) // 2
    return f"{reference[:half]} {reference[half:]}" if reference.isalnum() else reference


def local_time(about: Facts, form: str) -> str:
    try:
        zone = ZoneInfo(about.zone)
    except (ZoneInfoNotFoundError, ValueError):
        return about.received_at.astimezone(UTC).strftime(form)
    return about.received_at.astimezone(zone).strftime(form)


def gsm_7(text: str) -> str:
    """`text` in characters that keep a text message in one segment; what has no likeness is "?".

    >>> gsm_7("Peña & Żak")
    'Peña & Zak'
    """
    return "".join(_plain(letter) for letter in text.translate(PLAIN))


def _plain(letter: str) -> str:
    if letter in GSM_7:
        return letter
    base = unicodedata.normalize("NFKD", letter)[0]
    return base if base in GSM_7 else "?"


@cache
def templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("notify"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["with_phones"] = with_phones
    return environment
