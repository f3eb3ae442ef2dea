"""Answers to patients: never stored, never indexed."""

from flask import Response


def as_page(status: int, html: str | None, words: str) -> Response:
    """`html`, or `words` alone where the release has no such page."""
    if html is None:
        return in_words(status, words)
    return no_store(Response(html, status, mimetype="text/html"))


def in_words(status: int, words: str) -> Response:
    return no_store(Response(words + "\n", status, mimetype="text/plain"))


def no_store(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
