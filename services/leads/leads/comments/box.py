"""Take a comment that was sent: checked and stored, or why not."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from leads.bounded import Bounded
from leads.comments import store
from leads.comments.form import Comment
from leads.scope import scoped
from plumbing.sealing import HashKey, KeyRing

WITHIN_S = 4.0  # below the 5 s within which everybody has an answer
THREADS = 4


class NotKept(Exception):  # noqa: N818 - what the comment is
    """The database did not take it in time: the reader must be told so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealAndHash:
    seal: KeyRing
    hash: HashKey


class CommentBox:
    """Stores comments, each once."""

    def __init__(self, engine: Engine, keys: SealAndHash) -> None:
        self._engine = engine
        self._keys = keys
        self._bounded = Bounded(threads=THREADS, seconds=WITHIN_S)

    def take(self, clinic: str, comment: Comment) -> None:
        """Returns once it is durable.  Raises NotKept."""
        try:
            self._bounded.call(lambda: self._add(clinic, comment))
        except (SQLAlchemyError, TimeoutError) as error:
            raise NotKept(type(error).__name__) from None

    def _add(self, clinic: str, comment: Comment) -> bool:
        with scoped(self._engine, [clinic]) as scope:
            return store.add(scope, clinic, comment, keys=self._keys.seal, hashes=self._keys.hash)


def kept_values(fields: Mapping[str, str]) -> dict[str, str]:
    """What the form shows again, and the article that it stands below."""
    return {name: fields.get(name, "") for name in ("name", "email", "message", "from")}
