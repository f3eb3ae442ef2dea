"""HTTP answers made of a site: its files by path, a redirect to the slash, its 404."""

from collections.abc import Container
from http import HTTPStatus
from pathlib import Path

from flask import Response, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.security import safe_join

from content.compress import PRIVATE_FOLDERS
from content.render import Site, site_makers
from plumbing.plain import plain_page
from plumbing.words import later, words_of

TYPES = {
    ".avif": "image/avif",
    ".css": "text/css",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}


ELSEWHERE = later("Nothing is served at this address")
NO_CLINIC = later(
    "The name in the address bar may be mistyped, or it does not lead to a clinic any more. Check"
    " it, or search for the clinic by its name."
)
NOT_HERE = later("This page is not here")
CHECK = later("The address may be mistyped. Check it, or begin at the start page.")
NOT_NOW = later("This page does not answer right now")
AGAIN = later("Go back, load the page anew and try it again.")
TABLE_SHEET = "table.css"


def answer(body: bytes | str, *, status: int = 200, suffix: str = ".html") -> Response:
    response = Response(body, status=status, mimetype=TYPES.get(suffix, "text/plain"))
    response.headers["Cache-Control"] = "no-store"
    return response


def static_file(name: str) -> Response:
    """A file of this package's static folder; `name` is a constant, never what was asked for."""
    path = Path(__file__).parent / "static" / name
    return answer(path.read_bytes(), suffix=path.suffix)


def not_served(path: str) -> Response:
    """For a host that is none of ours; it names no clinic."""
    return _without_a_brand(HTTPStatus.MISDIRECTED_REQUEST, path, ELSEWHERE, NO_CLINIC)


def refused(error: HTTPException) -> Response:
    """What a person reads whose request is not carried out."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    if status is HTTPStatus.NOT_FOUND:
        title, text = NOT_HERE, CHECK
    else:
        title, text = NOT_NOW, AGAIN
    refusal = _without_a_brand(status, request.path, title, text)
    if allowed := dict(error.get_headers()).get("Allow"):
        refusal.headers["Allow"] = allowed
    return refusal


def _without_a_brand(status: HTTPStatus, path: str, title: str, text: str) -> Response:
    words = words_of("content", path.strip("/").partition("/")[0])
    urgent = words("In an emergency, call")
    return plain_page(status, words.language, words(title), words(text), urgent)


def made(site: Site, path: str) -> Response:
    """The file of `site` at `path`, made now."""
    makers = site_makers(site)
    name = f"{path}index.html" if not path or path.endswith("/") else path
    if name in makers and not name.startswith(PRIVATE_FOLDERS):
        return answer(makers[name](), suffix=Path(name).suffix)
    if f"{path}/index.html" in makers:
        return _to_slash(path)
    address = f"/{path.rstrip('/')}/"
    if target := dict(site.clinic.moved).get(address):
        return _to(target, 301)
    if address in site.clinic.gone:
        return answer(makers["_errors/410.html"](), status=410)
    return answer(makers[_not_found(path, makers)](), status=404)


def released(release: Path, path: str) -> Response:
    """The file of a finished release at `path`."""
    name = f"{path}index.html" if not path or path.endswith("/") else path
    found = safe_join(str(release), name)
    if found and Path(found).is_file() and not name.startswith(PRIVATE_FOLDERS):
        return answer(Path(found).read_bytes(), suffix=Path(name).suffix)
    if found and (Path(found) / "index.html").is_file():
        return _to_slash(path)
    missing = release / _not_found(
        path, {str(page.relative_to(release)) for page in release.glob("_errors/*/*.html")}
    )
    return answer(missing.read_bytes() if missing.is_file() else b"", status=404)


def _not_found(path: str, files: Container[str]) -> str:
    """The 404 page in the language of `path`."""
    own = f"_errors/{path.partition('/')[0]}/404.html"
    return own if own in files else "_errors/404.html"


def _to_slash(path: str) -> Response:
    return _to(f"/{path}/", 308)


def _to(address: str, status: int) -> Response:
    response = redirect(address, code=status)
    response.headers["Cache-Control"] = "no-store"
    return Response(response.data, status=status, headers=dict(response.headers))
