"""Answers to patients: never stored, never indexed, and always a page that says what to do."""

from flask import Response

from plumbing.plain import no_store, plain_page
from plumbing.words import Words


def as_page(status: int, html: str | None, words: Words, title: str, text: str) -> Response:
    """`html`, or where the release has no such page one without a brand."""
    if html is None:
        return in_words(status, words, title, text)
    return no_store(Response(html, status, mimetype="text/html"))


def in_words(status: int, words: Words, title: str, text: str) -> Response:
    """A page of no clinic."""
    return plain_page(status, words.language, title, text, words("In an emergency, call"))
