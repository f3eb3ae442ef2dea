"""`python -m content import`: write the drafts and say, line by line, what is not in them.

ImportRefused       nothing was written; the message says why
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from content.articles import is_slug
from content.carrying import CannotCarry, carry_in, is_carried
from content.importing.document import Document
from content.importing.draft import lost_words, markdown_of, plainly
from content.importing.facts import proposed_clinic, read_facts
from content.importing.report import document_lines, propose_tokens
from content.importing.review import review
from content.importing.sources import Source, Unreadable, read_sources
from content.markdown import slug_of
from content.redirects import add_moves

Tracked = Callable[[Sequence[Path]], Iterable[Path]]


class ImportRefused(Exception):  # noqa: N818 - what happened
    """Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    source: Source
    target: Path
    markdown: str

    @property
    def document(self) -> Document:
        return self.source.document


def import_files(
    files: Sequence[Path],
    *,
    clinics_dir: Path,
    library_dir: Path,
    clinic: str,
    is_new: bool,
    tracked: Tracked = iter,
) -> list[str]:
    """Write a draft per document and return the report's lines.  `clinic` "" is the library.

    `tracked` hands the files on one by one, for a progress bar.  Raises ImportRefused before
    anything is written.
    """
    if any(path.is_dir() for path in files):
        return _carry_in(files, clinics_dir, library_dir, clinic if is_new else "")
    folder = clinics_dir / clinic if clinic else library_dir / "articles"
    _check_folder(folder, clinic, is_new=is_new)
    sources, report = _read(files, tracked)
    facts = read_facts(source.lines() for source in sources)
    for source in sources:
        review(source.document)
        propose_tokens(source.document, facts)
    drafts = _drafts(sources, folder, clinic)
    for draft in drafts:
        draft.target.parent.mkdir(parents=True, exist_ok=True)
        draft.target.write_text(draft.markdown, encoding="utf-8")
        report.append(f"{draft.source.name} -> {draft.target}")
        report += document_lines(draft.document)
    report += _keep_permalinks(drafts, folder if clinic else None)
    report += [f"proposal for clinic.toml: location: {place}" for place in facts.locations()]
    if is_new:
        folder.mkdir(parents=True, exist_ok=True)
        proposal = folder / "clinic.toml"
        proposal.write_text(proposed_clinic(facts), encoding="utf-8")
        report.append(f"{proposal}: proposed; complete every line that says “to do”.")
    return report


def _carry_in(
    files: Sequence[Path], clinics_dir: Path, library_dir: Path, clinic: str
) -> list[str]:
    """A folder that `export` wrote."""
    if len(files) != 1 or not is_carried(files[0]):
        raise ImportRefused(f"{files[0]}: is a folder, but none that `export` wrote")
    if not clinic:
        raise ImportRefused(f"{files[0]}: is a whole clinic: use --new-clinic SLUG")
    try:
        return carry_in(files[0], clinics_dir, library_dir, clinic)
    except CannotCarry as error:
        raise ImportRefused(str(error)) from None


def _keep_permalinks(drafts: list[Draft], folder: Path | None) -> list[str]:
    """The addresses of the old site lead to the drafts' from the day they are published."""
    moves = {}
    for draft in drafts:
        document, slug = draft.document, draft.target.stem
        address = f"/articles/{slug}/" if document.kind == "article" else f"/{slug}/"
        if document.permalink and document.permalink != address:
            moves[document.permalink] = address
    if not moves or folder is None:
        return [f"was read at {old}" for old in moves]
    path = add_moves(folder, moves.items())
    return [f"{path}: {old} leads to {new} once it is published" for old, new in moves.items()]


def _check_folder(folder: Path, clinic: str, *, is_new: bool) -> None:
    if clinic and not is_slug(clinic):
        raise ImportRefused(f"{clinic!r} is no slug: use lower-case letters, digits and hyphens")
    if is_new and folder.exists():
        raise ImportRefused(f"{folder} exists already: use --clinic {clinic}")
    if clinic and not is_new and not folder.is_dir():
        raise ImportRefused(f"{folder} does not exist: use --new-clinic {clinic}")


def _read(files: Sequence[Path], tracked: Tracked) -> tuple[list[Source], list[str]]:
    sources: list[Source] = []
    report: list[str] = []
    for path in tracked(files):
        try:
            read = read_sources(path)
        except Unreadable as error:
            raise ImportRefused(f"{path}: {error}") from None
        sources += read.sources
        report += [f"{path}: {line}" for line in read.notes]
    return sources, report


def _drafts(sources: list[Source], folder: Path, clinic: str) -> list[Draft]:
    drafts: list[Draft] = []
    taken: set[Path] = set()
    for source in sources:
        target = _target(source, folder, clinic, taken)
        if target.exists():
            raise ImportRefused(f"{source.name}: {target} would be overwritten: rename it")
        taken.add(target)
        drafts.append(Draft(source=source, target=target, markdown=_markdown(source)))
    return drafts


def _target(source: Source, folder: Path, clinic: str, taken: set[Path]) -> Path:
    """The draft's file; a number keeps two documents of one name apart."""
    document = source.document
    first = next((item.text for item in document.items()), "")
    named = document.slug, document.title.text if document.title else first, source.name
    slug = next((found for text in named if (found := slug_of(text))), "draft")
    for number in itertools.count(1):
        name = slug if number == 1 else f"{slug}-{number}"
        target = folder / "drafts" / f"{name}.md" if clinic else folder / name / "draft.md"
        if target not in taken:
            return target
    raise AssertionError  # count never ends


def _markdown(source: Source) -> str:
    markdown = markdown_of(source.document)
    if not lost_words(source.words, source.document, markdown):
        return markdown
    plainly(source.document)
    markdown = markdown_of(source.document)
    if lost := lost_words(source.words, source.document, markdown):
        raise ImportRefused(f"{source.name}: cannot be imported without losing: {lost!r}")
    return markdown
