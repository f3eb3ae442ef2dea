"""`python -m content import`: write the drafts and say, line by line, what is not in them.

ImportRefused       nothing was written; the message says why
"""

from dataclasses import dataclass
from pathlib import Path

from content.articles import is_slug
from content.importing.blocks import Document, read_document
from content.importing.draft import lost_lines, markdown_of
from content.importing.facts import proposed_clinic, read_facts
from content.markdown import slug_of

HTML_STARTS = ("<!doctype", "<html", "<?xml")


class ImportRefused(Exception):  # noqa: N818 - what happened
    """Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    source: Path
    target: Path
    document: Document
    markdown: str


def import_files(
    files: list[Path], *, clinics_dir: Path, library_dir: Path, clinic: str, is_new: bool
) -> list[str]:
    """Write a draft per file and return the report's lines.  `clinic` "" is the library.

    Raises ImportRefused before anything is written.
    """
    folder = clinics_dir / clinic if clinic else library_dir / "articles"
    _check_folder(folder, clinic, is_new=is_new)
    texts = {path: _read(path) for path in files}
    drafts = [_draft(path, text, folder, clinic) for path, text in texts.items()]
    _check_targets(drafts)
    for draft in drafts:
        draft.target.parent.mkdir(parents=True, exist_ok=True)
        draft.target.write_text(draft.markdown, encoding="utf-8")
    report = [line for draft in drafts for line in _report(draft)]
    if is_new:
        proposal = folder / "clinic.toml"
        proposal.write_text(proposed_clinic(read_facts(texts.values())), encoding="utf-8")
        report.append(f"{proposal}: proposed; complete every line that says “to do”.")
    return report


def _check_folder(folder: Path, clinic: str, *, is_new: bool) -> None:
    if clinic and not is_slug(clinic):
        raise ImportRefused(f"{clinic!r} is no slug: use lower-case letters, digits and hyphens")
    if is_new and folder.exists():
        raise ImportRefused(f"{folder} exists already: use --clinic {clinic}")
    if clinic and not is_new and not folder.is_dir():
        raise ImportRefused(f"{folder} does not exist: use --new-clinic {clinic}")


def _read(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ImportRefused(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ImportRefused(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    if text.lstrip()[:20].lower().startswith(HTML_STARTS):
        raise ImportRefused(f"{path}: is HTML or XML; save it as plain text")
    if not text.strip():
        raise ImportRefused(f"{path}: is empty")
    return text


def _draft(path: Path, text: str, folder: Path, clinic: str) -> Draft:
    document = read_document(text)
    slug = slug_of(document.title) or slug_of(path.stem) or "draft"
    target = folder / "drafts" / f"{slug}.md" if clinic else folder / slug / "draft.md"
    markdown = markdown_of(document)
    if lost := lost_lines(text, document, markdown):
        raise ImportRefused(f"{path}: cannot be imported without losing: {lost[0]!r}")
    return Draft(source=path, target=target, document=document, markdown=markdown)


def _check_targets(drafts: list[Draft]) -> None:
    targets = [draft.target for draft in drafts]
    for draft in drafts:
        if draft.target.exists() or targets.count(draft.target) > 1:
            raise ImportRefused(f"{draft.source}: {draft.target} would be overwritten: rename it")


def _report(draft: Draft) -> list[str]:
    document = draft.document
    kinds = [block.kind for block in document.blocks]
    headings, paragraphs = kinds.count("heading"), kinds.count("paragraph")
    lists = len(kinds) - headings - paragraphs
    found = f"{headings} headings, {paragraphs} paragraphs, {lists} lists"
    lines = [f"{draft.source} -> {draft.target}", f"  title: {document.title!r}; {found}"]
    lines += [
        f"  left out, line {entry.line.number}: “{entry.line.text}” ({entry.reason})"
        for entry in document.left_out
    ]
    lines += [f"  proposal: {proposal}" for proposal in document.proposals]
    return lines
