"""A page without a brand, for answers on hosts that are nobody's.  It needs no other file."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from flask import Response
from jinja2 import Environment, PackageLoader, Template


def plain_page(status: int, language: str, title: str, text: str, urgent: str) -> Response:
    """`urgent`: the words before the link to 911.  Never stored, never indexed."""
    style = _style()
    page = _template().render(language=language, title=title, text=text, urgent=urgent, style=style)
    answer = no_store(Response(page, status, mimetype="text/html"))
    own = b64encode(sha256(style.encode()).digest()).decode()
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{own}'; base-uri 'none'; frame-ancestors 'none'"
    )
    return answer


def no_store(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@cache
def _template() -> Template:
    environment = Environment(loader=PackageLoader("plumbing"), autoescape=True)
    return environment.get_template("plain.html")


@cache
def _style() -> str:
    return (files("plumbing") / "templates" / "plain.css").read_text(encoding="utf-8")
