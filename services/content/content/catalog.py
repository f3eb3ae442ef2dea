"""All clinics of the group, read and checked as a whole."""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from content.canonical import with_canonical_urls
from content.clinic_file import read_clinic
from content.library import Library, read_library
from content.mistakes import Mistake, Mistakes
from content.model import Article, Clinic, Person
from content.pages import addresses
from content.pictures import picture_named
from content.redirects import check_redirects
from content.takedown import read_taken_down, without_taken_down


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """`clinics`: every clinic that could be read at all, also one with mistakes."""

    clinics: tuple[Clinic, ...]
    slugs: tuple[str, ...]  # every folder, also of a clinic that could not be read
    mistakes: tuple[Mistake, ...]
    library: Library

    def clinic(self, slug: str) -> Clinic | None:
        return next((clinic for clinic in self.clinics if clinic.slug == slug), None)

    def publishable(self) -> tuple[Clinic, ...]:
        """The clinics without a mistake; a draft's mistake holds nothing back."""
        held = {mistake.holds for mistake in self.mistakes}
        return tuple(clinic for clinic in self.clinics if clinic.slug not in held)


def read_catalog(clinics_dir: Path, library_dir: Path) -> Catalog:
    mistakes = Mistakes()
    folders = sorted(
        path for path in clinics_dir.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
    if not folders:
        remedy = "add a folder with a clinic.toml, or correct CLINICS_DIR"
        mistakes.add(clinics_dir, 1, "holds no clinic", remedy, holds="")
    library = read_library(library_dir, mistakes)
    read = [read_clinic(folder, mistakes, library) for folder in folders]
    taken = read_taken_down(library_dir, mistakes)
    clinics = [
        without_taken_down(clinic, taken)
        for clinic in with_canonical_urls([clinic for clinic in read if clinic], library, mistakes)
    ]
    _check_hosts(clinics, clinics_dir, mistakes)
    for clinic in clinics:
        _check_links(clinic, mistakes)
        check_redirects(
            clinics_dir / clinic.slug,
            clinic.moved,
            addresses(with_drafts(clinic)),
            mistakes,
            holds=clinic.slug,
        )
    return Catalog(
        clinics=tuple(clinics),
        slugs=tuple(folder.name for folder in folders),
        mistakes=tuple(mistakes),
        library=library,
    )


def with_drafts(clinic: Clinic) -> Clinic:
    """`clinic` as the preview shows it: a draft takes the place of what it is a draft of."""
    drafted = {(draft.kind, draft.slug) for draft in clinic.drafts}

    def merged(published: tuple[Article, ...], kind: str) -> tuple[Article, ...]:
        kept = [page for page in published if (kind, page.slug) not in drafted]
        return tuple(kept + [draft for draft in clinic.drafts if draft.kind == kind])

    return replace(
        clinic, articles=merged(clinic.articles, "article"), pages=merged(clinic.pages, "page")
    )


def _check_hosts(clinics: list[Clinic], clinics_dir: Path, mistakes: Mistakes) -> None:
    owners: dict[str, str] = {}
    for clinic in clinics:
        for host in dict.fromkeys(clinic.hosts):
            owner = owners.setdefault(host, clinic.slug)
            if owner != clinic.slug:
                path = clinics_dir / clinic.slug / "clinic.toml"
                what = f"{host!r} is already a host of {owner}"
                remedy = "a host belongs to one clinic: remove it here or there"
                mistakes.add(path, _line_with(path, host), what, remedy, holds=clinic.slug)


def _line_with(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if text in line), 1)


def _check_links(clinic: Clinic, mistakes: Mistakes) -> None:
    published, previewed = addresses(clinic), addresses(with_drafts(clinic))
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
    path = Path(page.path)
    for link in page.links:
        if link.is_picture:
            if picture_named(clinic.pictures, link.target) is None:
                remedy = "name one: pictures/FILE of this clinic's folder, or drawing:NAME"
                what = f"there is no picture {link.target!r}"
                mistakes.add(path, link.line, what, remedy, holds=holds)
        elif not _leads_somewhere(link.target, page, known):
            remedy = f"link to one of this clinic's pages, like {page.address}"
            what = f"the link {link.target!r} leads nowhere"
            mistakes.add(path, link.line, what, remedy, holds=holds)


def _leads_somewhere(target: str, page: Article | Person, known: frozenset[str]) -> bool:
    parts = urlsplit(target)
    if not parts.path:
        return not parts.fragment or f'id="{parts.fragment}"' in page.html
    return urljoin(page.address, parts.path) in known
