"""Signs of spam in what was written.  Pure.

Each has a weight.  None is proof: a password manager fills a trap, a patient pastes a link to a
scan, a caregiver writes in Greek.
"""

import re
import unicodedata
from collections import Counter

from leads.request import Request

WEIGHTS = {
    # in the words
    "trap": 3,  # the field that people do not see is filled
    "link_in_name": 3,
    "markup": 2,
    "many_links": 2,
    "link": 1,
    "mixed_scripts": 2,  # one word out of two alphabets, to look like another
    "other_script": 1,
    "selling": 1,
    "selling_much": 2,
    "throwaway_address": 1,
    # in how it came
    "fast": 1,
    "foreign_page": 1,
    "same_words_elsewhere": 2,
    # rates: together they weigh no more than one of them
    "sender_rate": 1,
    "contact_rate": 1,
}
RATES = frozenset({"sender_rate", "contact_rate"})
MANY_LINKS = 3

LINK = re.compile(
    r"https?://|www\.[a-z0-9]|\b[a-z0-9-]{2,60}\.(?:com|net|org|info|biz|ru|cn|top|xyz|site|online"
    r"|shop|click|link|io|co|pro|club)\b(?!@)",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"\S{1,100}@\S{1,100}")  # an e-mail address is no link
MARKUP = re.compile(
    r"<\s*/?\s*(?:a|script|img|iframe|h[1-6]|div)\b|\[/?(?:url|link|img)\b", re.IGNORECASE
)
SELLING = re.compile(
    r"\b(?:seo|backlinks?|guest post|casino|crypto(?:currency)?|bitcoin|forex|web(?:site)? traffic"
    r"|rank(?:ing)? (?:on|in) google|first page of google|web(?:site)? design|digital marketing"
    r"|unsubscribe|limited offer|click here|business loan|email list|social media followers)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+")
SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
# addresses that anybody may read and nobody keeps
THROWAWAY = frozenset(
    {
        "10minutemail.com",
        "dispostable.com",
        "getnada.com",
        "guerrillamail.com",
        "maildrop.cc",
        "mailinator.com",
        "sharklasers.com",
        "temp-mail.org",
        "trashmail.com",
        "yopmail.com",
    }
)


def in_words(request: Request) -> set[str]:
    """The signs in the fields of `request`."""
    found = set(request.suspicions)
    names = f"{request.name} {request.patient_name} {request.relationship}"
    if LINK.search(ADDRESS.sub(" ", names)):
        found.add("link_in_name")
    text = f"{request.message}\n{request.town}"
    links = len(LINK.findall(ADDRESS.sub(" ", text)))
    if links:
        found.add("many_links" if links >= MANY_LINKS else "link")
    if MARKUP.search(text) or MARKUP.search(names):
        found.add("markup")
    offers = {match.lower() for match in SELLING.findall(text)}
    if offers:
        found.add("selling_much" if len(offers) > 1 else "selling")
    if any(len(_scripts(word)) > 1 for word in WORD.findall(f"{names} {text}")):
        found.add("mixed_scripts")
    if not request.speaks and _mostly_other_script(request.message):
        found.add("other_script")
    if request.contact.email.rpartition("@")[2].lower() in THROWAWAY:
        found.add("throwaway_address")
    return found


def _scripts(word: str) -> set[str]:
    return {script for sign in word if (script := _script(sign)) in SCRIPTS}


def _mostly_other_script(text: str) -> bool:
    letters = Counter(_script(sign) == "LATIN" for sign in text if sign.isalpha())
    return letters[False] > letters[True]


def _script(sign: str) -> str:
    return "LATIN" if sign.isascii() else unicodedata.name(sign, "").partition(" ")[0]
