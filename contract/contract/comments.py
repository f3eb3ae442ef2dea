"""Approved comments: all that other services may know of what readers wrote under articles.

leads publishes them signed (plumbing.documents), content puts them on the pages.  No address of a
writer is in here.  Optional fields may be added freely; any other change is a new `FORMAT`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

FORMAT = 1
REDIS_KEY = "frontdesk:comments"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedComment:
    """`article`: the address of the page; `on`: the local date is not known, so UTC's."""

    id: str
    clinic: str
    article: str
    name: str
    text: str
    on: str  # YYYY-MM-DD


@dataclass(frozen=True, slots=True, kw_only=True)
class Comments:
    """Every approved comment, oldest first.  `version` rises with each change."""

    version: int
    comments: tuple[ApprovedComment, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": self.version,
            "comments": [asdict(comment) for comment in self.comments],
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Raises ValueError for another format and KeyError/TypeError for a damaged document."""
        if raw.get("format") != FORMAT:
            raise ValueError(f"comments format {raw.get('format')!r}, this reads {FORMAT}")
        names = ("id", "clinic", "article", "name", "text", "on")
        comments = tuple(
            ApprovedComment(**{name: str(entry[name]) for name in names})
            for entry in raw["comments"]
        )
        return cls(version=int(raw["version"]), comments=comments)
