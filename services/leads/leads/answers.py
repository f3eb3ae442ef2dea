"""Answers to patients: never stored, never indexed, and always a page that says what to do."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from flask import Response, render_template

from plumbing.words import Words


def as_page(status: int, html: str | None, words: Words, title: str, text: str) -> Response:
    """`html`, or where the release has no such page one without a brand."""
    if html is None:
        return in_words(status, words, title, text)
    return no_store(Response(html, status, mimetype="text/html"))


def in_words(status: int, words: Words, title: str, text: str) -> Response:
    """A page of no clinic."""
    page = render_template("plain.html", words=words, title=title, text=text, style=_style())
    answer = no_store(Response(page, status, mimetype="text/html"))
    own = b64encode(sha256(_style().encode()).digest()).decode()
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{own}'; base-uri 'none'; frame-ancestors 'none'"
    )
    return answer


def no_store(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@cache
def _style() -> str:
    return (files("leads") / "templates" / "plain.css").read_text(encoding="utf-8")
