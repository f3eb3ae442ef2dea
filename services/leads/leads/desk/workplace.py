"""What the routes of the desk work with, and how its pages are made."""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from flask import Response, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine

from contract.directory import Directory
from leads.accept import Acceptor
from leads.desk.show import Glance
from leads.identity import spoken
from leads.scope import Scope, scoped
from leads.settings import Settings
from leads.staff.passkeys import Passkeys
from leads.staff.sign_in import SignIn
from plumbing.documents import Reader
from plumbing.questions import Questions

FOLDER = Path(__file__).parent
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # no-referrer would make browsers send "Origin: null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


class Visitor(Protocol):
    """Who works on rows: of which clinics, and of which locations of theirs."""

    @property
    def clinics(self) -> frozenset[str]: ...
    @property
    def places(self) -> frozenset[tuple[str, str]] | None: ...


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Everything that a route needs."""

    settings: Settings
    engine: Engine
    directory: Reader[Directory]
    acceptor: Acceptor
    sign_in: SignIn
    passkeys: Passkeys
    notify: Questions
    pages: "DeskPages"

    def scoped(self, visit: Visitor) -> AbstractContextManager[Scope]:
        """One transaction on the rows that are this visitor's."""
        return scoped(self.engine, visit.clinics, places=visit.places)

    def glance(self, clinics: frozenset[str]) -> Glance:
        """A look at leads of `clinics`, now."""
        return Glance(
            directory=self.directory.current,
            keys=self.settings.seal_keys,
            now=datetime.now(UTC),
            many_clinics=len(clinics) > 1,
        )


class DeskPages:
    """Renders the desk's templates; a name that a template does not know is an error."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.assets: dict[str, tuple[bytes, str]] = {}  # name -> (content, media type)
        self._environment.globals["style"] = self._asset("desk.css", "text/css")
        self._environment.globals["script"] = self._asset("desk.js", "text/javascript")
        self._environment.globals["passkey_script"] = self._asset("passkey.js", "text/javascript")
        self._environment.globals["icon"] = self._asset("icon.svg", "image/svg+xml")
        self._environment.filters["spoken"] = spoken

    def page(self, name: str, status: int = 200, **values: object) -> Response:
        html = self._environment.get_template(name).render(values, path=request.path)
        return Response(html, status, mimetype="text/html", headers=SECURITY_HEADERS)

    def _asset(self, file_name: str, media_type: str) -> str:
        """The address of a file of ours; its name changes with its content."""
        content = (FOLDER / "static" / file_name).read_bytes()
        stem, _, suffix = file_name.partition(".")
        name = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
        self.assets[name] = (content, media_type)
        return f"/assets/{name}"
