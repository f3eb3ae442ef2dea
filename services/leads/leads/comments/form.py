"""The fields of a comment in, a checked comment or kind words out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from leads.contact import parse_email
from leads.reading import Reading
from leads.request import FieldError
from plumbing.words import Words, later

ARTICLE = re.compile(r"(/[a-z]{2})?/articles/[a-z0-9]+(-[a-z0-9]+)*/")
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
MANY_LINKS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """`article`: the address of the page; `suspicions`: what a person should look at twice."""

    article: str
    name: str
    email: str
    message: str
    suspicions: tuple[str, ...] = ()


def parse(fields: Mapping[str, str], words: Words, *, trap: str) -> Comment | list[FieldError]:
    """`fields` as a comment, or every error in the order of the form."""
    reading = Reading(fields, words)
    name, typed, message = reading.text("name"), reading.text("email"), reading.text("message")
    email = parse_email(typed) if typed else None
    if not name:
        reading.error("name", later("Enter your name"))
    if email is None:
        reading.error("email", later("Enter an email address like name@example.com"))
    if not message:
        reading.error("message", later("Enter your comment"))
    article = reading.matching("from", ARTICLE, "")
    if not article:
        reading.error("from", later("Open the article again and write your comment below it"))
    if reading.errors or email is None:
        return reading.errors
    return Comment(
        article=article,
        name=name,
        email=email,
        message=message,
        suspicions=_suspicions(fields.get(trap, ""), name, message),
    )


def _suspicions(trapped: str, name: str, message: str) -> tuple[str, ...]:
    signs = {
        "trap": bool(trapped),
        "link_in_name": LINK.search(name) is not None,
        "links": len(LINK.findall(message)) >= MANY_LINKS,
    }
    return tuple(sign for sign, is_there in signs.items() if is_there)
