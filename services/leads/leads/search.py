"""Keyed hashes by which a lead is found although what was typed is sealed.

A lead is found by its whole phone number, its whole e-mail address, each word of a name, and the
first three letters of each.  Letters are folded, so that Muñoz is found by "munoz".
"""

import re
import unicodedata

from contract.events import SYNTHETIC
from leads.contact import parse_email, parse_phone
from leads.vault import Plain
from plumbing.sealing import HashKey

MARK_BYTES = 16
FIRST_LETTERS = 3
MAX_MARKS = 64  # of one lead: a name has a length limit, its words have not
WORD = re.compile(r"[^\W_]+")


def marks(key: HashKey, clinic: str, plain: Plain) -> tuple[bytes, ...]:
    """Under what a lead can be found; each mark is good for this clinic alone.

    Under nothing at the clinic of the system's own test requests.
    """
    if clinic == SYNTHETIC:
        return ()
    found: list[tuple[str, str]] = []
    contact = plain["contact"]
    if contact["phone"]:
        found.append(("phone", contact["phone"]))
    if contact["email"]:
        found.append(("email", folded(contact["email"])))
    for name in (plain["name"], plain["words"]["patient_name"]):
        for word in _words(name):
            found += [("word", word), ("first", word[:FIRST_LETTERS])]
    unique = list(dict.fromkeys(found))[:MAX_MARKS]
    return tuple(mark(key, clinic, what, value) for what, value in unique)


def address(typed: str) -> tuple[str, str] | None:
    """("email", address) or ("phone", E.164) as marks are made of it; None: it is neither."""
    if email := parse_email(typed.strip()):
        return "email", folded(email)
    if phone := parse_phone(typed):
        return "phone", phone[0]
    return None


def wanted(query: str) -> list[tuple[str, str]]:
    """What and value of the marks that a lead must all have; [] finds nothing.

    `query`: a phone number or e-mail address as people type them, else words of a name; a word of
    three letters also finds what begins with it.
    """
    if found := address(query):
        return [found]
    words = dict.fromkeys(_words(query))
    return [("first" if len(word) == FIRST_LETTERS else "word", word) for word in words]


def asked(key: HashKey, clinic: str, query: str) -> list[bytes]:
    """The marks of one clinic that `query` asks for."""
    return [mark(key, clinic, *one) for one in wanted(query)]


def _words(text: str) -> list[str]:
    return [word for word in WORD.findall(folded(text)) if word]


def folded(text: str) -> str:
    """Compatibility forms unified, accents off, letter case off."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()


def mark(key: HashKey, clinic: str, what: str, value: str) -> bytes:
    """`what`: phone, email, word, first; `value`: in the form that `address` gives."""
    return key.digest("search", clinic, what, value)[:MARK_BYTES]
