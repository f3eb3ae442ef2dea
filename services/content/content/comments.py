"""Comments of readers below articles, as leads has them approved: its signed document, and the
last good copy of it on disk.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

from content.catalog import Catalog
from content.model import Clinic, Comment
from contract.comments import REDIS_KEY, Comments
from plumbing.documents import Reader
from plumbing.signing import VerifyKeys

COPY = "comments.json"


class CommentFeed:
    """What is approved now; `keys` None: nobody signs comments here, and there are none."""

    def __init__(self, *, redis_url: str, keys: VerifyKeys | None, state_dir: Path) -> None:
        self._shown: Comments | None = None
        self._reader: Reader[Comments] | None = None
        if keys is not None:
            self._reader = Reader(
                redis_url=redis_url,
                key=REDIS_KEY,
                keys=keys,
                parse=Comments.from_json,
                copy=state_dir / COPY,
            )

    def has_news(self) -> bool:
        """Look into Redis; whether what is approved differs from what `put_into` last used."""
        if self._reader is None:
            return False
        self._reader.refresh()
        now, shown = self._reader.current, self._shown
        return (now.comments if now else ()) != (shown.comments if shown else ())

    def put_into(self, catalog: Catalog) -> Catalog:
        """`catalog` with the comments on the articles of clinics that have them switched on."""
        self._shown = self._reader.current if self._reader else None
        return with_comments(catalog, self._shown) if self._shown else catalog


def with_comments(catalog: Catalog, comments: Comments) -> Catalog:
    return replace(
        catalog,
        clinics=tuple(
            _with_comments(clinic, comments) if clinic.comments else clinic
            for clinic in catalog.clinics
        ),
    )


def _with_comments(clinic: Clinic, comments: Comments) -> Clinic:
    found: dict[str, list[Comment]] = {}
    for one in comments.comments:
        if one.clinic == clinic.slug:
            comment = Comment(name=one.name, text=one.text, on=date.fromisoformat(one.on))
            found.setdefault(one.article, []).append(comment)

    articles = tuple(
        replace(article, comments=tuple(found[article.address]))
        if article.address in found
        else article
        for article in clinic.articles
    )
    return replace(clinic, articles=articles)
