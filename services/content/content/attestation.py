"""Attestations: which clinician answers for the locked blocks of an article, and until when.

They are entries of an attestations.toml beside the articles, in library/ or clinics/<slug>/; one is
valid for the exact words whose hash it names.
"""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from content.files import read_text, read_toml
from content.mistakes import Mistakes
from content.model import Attestation
from content.tables import Table
from plumbing.files import replace_file

FILE = "attestations.toml"
READABLE = 0o644


class Attestations:
    """All entries of one file, by the slug of the article."""

    def __init__(self, entries: Iterable[tuple[str, Attestation]] = ()) -> None:
        self._entries: dict[str, list[Attestation]] = {}
        for slug, attestation in entries:
            self._entries.setdefault(slug, []).append(attestation)

    def valid(self, slug: str, lock: str) -> Attestation | None:
        """The newest one for the words with the hash `lock`."""
        matching = [entry for entry in self._entries.get(slug, []) if entry.lock == lock]
        return max(matching, key=lambda entry: (entry.on, entry.next_review), default=None)

    def newest(self, slug: str) -> Attestation | None:
        """The newest one, also one of other words."""
        entries = self._entries.get(slug, [])
        return max(entries, key=lambda entry: entry.on, default=None)


def read_attestations(folder: Path, mistakes: Mistakes, *, holds: str) -> Attestations:
    """attestations.toml of `folder`; empty when there is none."""
    path = folder / FILE
    if not path.exists():
        return Attestations()
    text = read_text(path, mistakes, holds=holds)
    table = None if text is None else read_toml(text, path, mistakes, holds=holds)
    if table is None:
        return Attestations()
    entries = [_entry(entry) for entry in table.tables("attestations")]
    table.finish()
    return Attestations(entry for entry in entries if entry)


def add_attestations(folder: Path, entries: Iterable[tuple[str, Attestation]]) -> Path:
    """Append to attestations.toml of `folder`; what stands there stays as it is."""
    path = folder / FILE
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    written = [before.rstrip("\n")] if before.strip() else []
    written += [_toml(slug, attestation) for slug, attestation in entries]
    replace_file(path, ("\n\n".join(written) + "\n").encode(), mode=READABLE)
    return path


def _entry(table: Table) -> tuple[str, Attestation] | None:
    slug = table.text("article", at_most=80)
    on, next_review = table.day("on"), table.day("next_review")
    lock = table.text("text", at_most=64)
    reviewer = table.text("reviewer", at_most=120)
    license_ = table.text("license", at_most=80)
    table.finish()
    for key, day in (("on", on), ("next_review", next_review)):
        if day is None and key not in table:
            table.wrong(key, f"{key} is missing", f"add: {key} = 2026-12-24")
    if on is None or next_review is None:
        return None
    if next_review <= on:
        what = f"next_review ({next_review}) is not after on ({on})"
        table.wrong("next_review", what, "correct one of the two days")
        return None
    return slug, Attestation(
        reviewer=reviewer, license=license_, on=on, next_review=next_review, lock=lock
    )


def _toml(slug: str, attestation: Attestation) -> str:
    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML string

    lines = (
        "[[attestations]]",
        f"article = {quoted(slug)}",
        f"text = {quoted(attestation.lock)}",
        f"reviewer = {quoted(attestation.reviewer)}",
        f"license = {quoted(attestation.license)}",
        f"on = {attestation.on.isoformat()}",
        f"next_review = {attestation.next_review.isoformat()}",
    )
    return "\n".join(lines)


def today() -> date:
    return date.today()  # noqa: DTZ011 - the day on the wall of whoever attests
