"""Everything beside the pages of a site: style sheet, scripts, typefaces, icon and pictures.

The name of each has a hash of its content, so that it can be kept for ever.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache, partial
from hashlib import sha256
from importlib.resources import files

from content.fonts import font
from content.model import Article, Clinic, Person, Picture, Theme
from content.pictures import picture_files, picture_named
from content.share import share_card, share_path
from content.theme import faces, style_sheet

SCRIPTS = ("campaign.js", "form.js", "places.js", "taps.js", "today.js")


def assets(clinic: Clinic) -> dict[str, Callable[[], bytes]]:
    """How to make each file: its path in a release -> its bytes."""
    made = dict(_of_theme(clinic.theme))
    made[share_path(clinic).lstrip("/")] = partial(share_card, clinic)
    for picture in pictures_of(clinic):
        made |= picture_files(picture, clinic.theme)
    return made


@lru_cache(maxsize=64)
def asset_paths(theme: Theme) -> dict[str, str]:
    """The address of what every page names: site (the style sheet), form and today (scripts)."""
    return {path.split(".")[0].rsplit("/", 1)[-1]: f"/{path}" for path in _of_theme(theme)}


def pictures_of(clinic: Clinic) -> Iterator[Picture]:
    """Every picture that a page of the clinic shows, each once."""
    named = [link.target for page in _pages(clinic) for link in page.links if link.is_picture]
    named += [
        name for person in clinic.people for name in (person.portrait, person.signature) if name
    ]
    named += [visit.picture for _slug, visit in clinic.visits if visit.picture]
    found = (picture_named(clinic.pictures, name) for name in dict.fromkeys(named))
    shown = {picture.name: picture for picture in found if picture}
    if clinic.logo:
        shown[clinic.logo.name] = clinic.logo
    yield from shown.values()


def _pages(clinic: Clinic) -> tuple[Article | Person, ...]:
    return (*clinic.articles, *clinic.pages, *clinic.drafts, *clinic.people)


@lru_cache(maxsize=64)
def _of_theme(theme: Theme) -> dict[str, Callable[[], bytes]]:
    sheet = style_sheet(theme)
    made: dict[str, Callable[[], bytes]] = {f"assets/site.{_digest(sheet)}.css": lambda: sheet}
    for name in SCRIPTS:
        stem, suffix = name.split(".")
        made[f"assets/{stem}.{_digest(_script(name))}.{suffix}"] = partial(_script, name)
    for face in faces(theme):
        made[f"assets/{face.file}"] = partial(font, face.name)
    return made


@cache
def _script(name: str) -> bytes:
    return (files("content") / "static" / name).read_bytes()


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:10]
