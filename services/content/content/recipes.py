"""How a file of a site is made, and what it depends on, so that it is made again only if it must.

A page sees its clinic through a frame: all that other pages may show of an article, without its
text.  A word that changes in a text therefore touches one page, and none can be forgotten: what is
not in the frame cannot be in another page.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable

from content.model import Article, Clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`depends` yields a text that changes when the file would; without it the file is made every
    time."""

    make: Callable[[], bytes]
    depends: Callable[[], str] | None = None

    def __call__(self) -> bytes:
        return self.make()

    @property
    def key(self) -> str:
        """Equal keys, equal files; "" when nothing is promised."""
        return digest_of(self.depends()) if self.depends else ""


def frame_of(clinic: Clinic) -> Clinic:
    """`clinic` as pages see it that are not the article's own."""
    return replace(
        clinic,
        articles=tuple(_stub(article) for article in clinic.articles),
        pages=tuple(_stub(page) for page in clinic.pages),
        drafts=(),
    )


def digest_of(text: str) -> str:
    return hashlib.sha256(f"{code_version()}\0{text}".encode()).hexdigest()


@cache
def code_version() -> str:
    """Another text whenever a template, a style sheet or the code of this package is another."""
    digest = hashlib.sha256()
    for path, content in _package_files(package_files("content"), ""):
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _package_files(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            found += [] if entry.name == "__pycache__" else _package_files(entry, name)
        elif not entry.name.endswith(".pyc"):
            found.append((name, entry.read_bytes()))
    return found


def _stub(article: Article) -> Article:
    return replace(
        article, html="", headings=(), links=(), blocks=(), lock="", path="", comments=()
    )
