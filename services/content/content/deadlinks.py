"""Links and pictures inside a clinic's site: each leads to something that is there."""

from pathlib import Path
from urllib.parse import urljoin, urlsplit

from content.drafts import with_drafts
from content.mistakes import Mistakes
from content.model import Article, Clinic, Person
from content.pages import addresses
from content.pictures import picture_named


def check_links(clinic: Clinic, mistakes: Mistakes) -> None:
    left = {person.address for person in clinic.left}  # links to them are shown as words
    published, previewed = addresses(clinic) | left, addresses(with_drafts(clinic)) | left
    for person in clinic.people:
        _check_targets(clinic, person, published, clinic.slug, mistakes)
    for page in (*clinic.articles, *clinic.pages, *clinic.drafts):
        known, holds = (previewed, "") if page.is_draft else (published, clinic.slug)
        path = Path(page.path)
        _check_targets(clinic, page, known, holds, mistakes)
        for slug in page.related:
            if f"/articles/{slug}/" not in known:
                remedy = "name the file of an article of this clinic, without .md"
                mistakes.add(path, 2, f"related article {slug!r} is missing", remedy, holds=holds)


def _check_targets(
    clinic: Clinic, page: Article | Person, known: frozenset[str], holds: str, mistakes: Mistakes
) -> None:
    for link in page.links:
        path = Path(link.path or page.path)
        if link.is_picture:
            if picture_named(clinic.pictures, link.target) is None:
                remedy = "name one: pictures/FILE of this clinic's folder, or drawing:NAME"
                what = f"there is no picture {link.target!r}"
                mistakes.add(path, link.line, what, remedy, holds=holds)
        elif not link.is_outside and not _leads_somewhere(link.target, page, known):
            remedy = f"link to one of this clinic's pages, like {page.address}"
            what = f"the link {link.target!r} leads nowhere"
            mistakes.add(path, link.line, what, remedy, holds=holds)


def _leads_somewhere(target: str, page: Article | Person, known: frozenset[str]) -> bool:
    parts = urlsplit(target)
    if not parts.path:
        return not parts.fragment or f'id="{parts.fragment}"' in page.html
    return urljoin(page.address, parts.path) in known
