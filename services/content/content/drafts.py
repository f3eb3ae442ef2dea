"""A clinic as its preview shows it."""

from dataclasses import replace

from content.model import Article, Clinic


def with_drafts(clinic: Clinic) -> Clinic:
    """`clinic` as the preview shows it: a draft takes the place of what it is a draft of."""
    drafted = {(draft.kind, draft.slug) for draft in clinic.drafts}

    def merged(published: tuple[Article, ...], kind: str) -> tuple[Article, ...]:
        kept = [page for page in published if (kind, page.slug) not in drafted]
        return tuple(kept + [draft for draft in clinic.drafts if draft.kind == kind])

    return replace(
        clinic, articles=merged(clinic.articles, "article"), pages=merged(clinic.pages, "page")
    )
