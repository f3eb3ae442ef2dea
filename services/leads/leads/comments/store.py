"""Keep comments, decide about them, and read what is approved."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from contract.comments import ApprovedComment, Comments
from leads import search, tables
from leads.comments.form import Comment
from leads.scope import Scope
from plumbing.sealing import HashKey, KeyRing

STATES = ("waiting", "approved", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A comment as the person sees it who decides about it."""

    id: UUID
    clinic: str
    article: str
    received_at: datetime
    state: str
    suspicions: tuple[str, ...]
    name: str
    message: str


def add(scope: Scope, clinic: str, comment: Comment, *, keys: KeyRing, hashes: HashKey) -> bool:
    """Store `comment`; False when the same one is there already, which is success too."""
    comment_id = uuid4()
    words = {"name": comment.name, "email": comment.email, "message": comment.message}
    mark, *older = (fingerprint(key, clinic, comment.article, words) for key in hashes.every)
    if older and _is_there(scope, clinic, older):  # while the key is being changed
        return False
    added = scope.connection.scalar(
        insert(tables.comment)
        .values(
            id=comment_id,
            clinic=clinic,
            article=comment.article,
            fingerprint=mark,
            writer=writer(hashes, clinic, comment.email),
            hash_key=hashes.key_id,
            suspicions=list(comment.suspicions),
            words_sealed=keys.seal(
                json.dumps(words, ensure_ascii=False).encode(),
                context=context(clinic, comment_id),
            ),
        )
        .on_conflict_do_nothing(constraint="comment_once")
        .returning(tables.comment.c.id)
    )
    return added is not None


def listed(scope: Scope, keys: KeyRing, *, state: str) -> list[Stored]:
    """The comments in `state`, oldest first.  Raises plumbing.sealing.Unsealable."""
    comment = tables.comment.c
    rows = scope.connection.execute(
        select(tables.comment)
        .where(scope.own(tables.comment), comment.state == state)
        .order_by(comment.received_at)
    )
    return [_stored(keys, row) for row in rows.mappings()]


def decide(scope: Scope, keys: KeyRing, comment_id: UUID, *, state: str) -> bool:
    """Approve, reject, or let wait again; what was decided before does not matter.

    False when this scope has no such comment.  The published document follows by itself.
    """
    comment = tables.comment.c
    mine = (scope.own(tables.comment), comment.id == comment_id)
    row = scope.connection.execute(select(tables.comment).where(*mine).with_for_update()).first()
    if row is None:
        return False
    stored = _stored(keys, row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    is_public = state == "approved"
    scope.connection.execute(
        update(tables.comment)
        .where(*mine)
        .values(
            state=state,
            decided_at=func.now(),
            public_name=stored.name if is_public else None,
            public_text=stored.message if is_public else None,
        )
    )
    raise_version(scope.connection)
    return True


def raise_version(connection: Connection) -> None:
    """Something that everybody may read has changed: it is published anew."""
    connection.execute(
        update(tables.comment_version).values(
            # rises over a restored database too, and whatever the clock says
            version=func.greatest(tables.comment_version.c.version + 1, time.time_ns() // 1_000_000)
        )
    )


def version(connection: Connection) -> int:
    """Rises with every decision."""
    return connection.scalar(select(tables.comment_version.c.version)) or 0


def approved(connection: Connection) -> Comments:
    """What everybody may read.  `connection`: of the background jobs' role, which sees no more."""
    comment = tables.comment.c
    rows = connection.execute(
        select(
            comment.id,
            comment.clinic,
            comment.article,
            comment.received_at,
            comment.public_name,
            comment.public_text,
        )
        .where(comment.state == "approved")
        .order_by(comment.received_at)
    )
    found: Sequence[ApprovedComment] = [
        ApprovedComment(
            id=str(row.id),
            clinic=row.clinic,
            article=row.article,
            name=row.public_name,
            text=row.public_text,
            on=row.received_at.astimezone(UTC).date().isoformat(),
        )
        for row in rows
    ]
    return Comments(version=version(connection), comments=tuple(found))


def context(clinic: str, comment_id: UUID) -> str:
    """What the sealed words of a comment are bound to."""
    return f"comment/{clinic}/{comment_id}/words"


def _stored(keys: KeyRing, row: object) -> Stored:
    values = dict(row)  # type: ignore[call-overload]
    words = opened(keys, values)
    return Stored(
        id=values["id"],
        clinic=values["clinic"],
        article=values["article"],
        received_at=values["received_at"],
        state=values["state"],
        suspicions=tuple(values["suspicions"]),
        name=words["name"],
        message=words["message"],
    )


def opened(keys: KeyRing, row: Mapping[str, Any]) -> dict[str, str]:
    """`name`, `email` and `message`.  Raises plumbing.sealing.Unsealable."""
    plain = keys.open(row["words_sealed"], context=context(row["clinic"], row["id"]))
    words: dict[str, str] = json.loads(plain)
    return words


def writer(hashes: HashKey, clinic: str, email: str) -> bytes:
    """Under what comments of the same address are found."""
    return search.mark(hashes, clinic, "email", search.folded(email))


def fingerprint(hashes: HashKey, clinic: str, article: str, words: Mapping[str, str]) -> bytes:
    """The same for the same address and message below an article; the name does not matter."""
    return hashes.digest(
        "comment", clinic, article, words["email"].lower(), _plain(words["message"])
    )


def _is_there(scope: Scope, clinic: str, fingerprints: Sequence[bytes]) -> bool:
    comment = tables.comment.c
    same = exists().where(comment.clinic == clinic, comment.fingerprint.in_(fingerprints))
    return bool(scope.connection.scalar(select(same)))


def _plain(message: str) -> str:
    return re.sub(r"\W+", " ", message).strip().casefold()
