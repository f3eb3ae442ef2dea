"""Delete what is older than its clinic keeps it, a batch at a time.

Only what somebody has answered or judged is ever deleted: a request that nobody opened, or whose
alert reached nobody, is still *new* however old it is, and stays.  So does what is held by hand.
The database refuses to delete either (migration "erasure").
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Engine

from contract.directory import Clinic, Directory
from leads.privacy.erasing import AGE, erase_comments, erase_leads
from leads.privacy.keeping import Kind, kinds, old_comments, old_leads
from leads.scope import Scope, scoped
from leads.staff import audit
from plumbing.documents import Reader

logger = logging.getLogger(__name__)

BATCH = 200  # rows in one transaction
DELETED = "deleted by age"


class Retention:
    """The relay's: `engine` is that of the background jobs' role."""

    def __init__(self, engine: Engine, directory: Reader[Directory]) -> None:
        self._engine = engine
        self._directory = directory
        self.last_run: datetime | None = None  # that went to its end
        self.deleted = 0  # rows, by it

    @property
    def clinics(self) -> tuple[Clinic, ...]:
        """Those that a file says something of: any other keeps what it has."""
        directory = self._directory.current
        return directory.clinics if directory else ()

    def one_pass(self) -> int:
        """How many rows were deleted."""
        deleted = sum(
            count for clinic in self.clinics for _, count in delete_old(self._engine, clinic)
        )
        self.last_run, self.deleted = datetime.now(UTC), deleted
        return deleted


def delete_old(engine: Engine, clinic: Clinic) -> Iterator[tuple[Kind, int]]:
    """Each batch with its number of rows, once it is committed.  May be stopped anywhere."""
    for kind in kinds(clinic.keep):
        while kind.days:
            with scoped(engine, [clinic.slug]) as scope:
                count = _delete_batch(scope, clinic.slug, kind)
            if count:
                fields = {"clinic": clinic.slug, "kind": kind.name, "count": count}
                logger.info("rows deleted by age", extra=fields)
                yield kind, count
            if count < BATCH:
                break


def _delete_batch(scope: Scope, clinic: str, kind: Kind) -> int:
    if kind.name == "comment":
        ids = scope.connection.scalars(old_comments(clinic, kind).limit(BATCH)).all()
        erase_comments(scope, ids)
    else:
        ids = scope.connection.scalars(old_leads(clinic, kind).limit(BATCH)).all()
        erase_leads(scope, clinic, ids, why=AGE)
    if ids:
        detail = {"leads": len(ids), "reason": f"{kind.name}, kept {kind.days} days"}
        audit.note(scope.connection, DELETED, clinic=clinic, detail=detail)
    return len(ids)
