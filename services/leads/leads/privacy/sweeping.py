"""The relay's part of erasing: what only its role may touch, and this host's disk.

Every pass does what is still to do and nothing else, so it may be stopped anywhere.
"""

import logging

from sqlalchemy import Connection, Engine, delete, func, select, update

from leads import tables
from leads.confirm import ONCE_IN
from leads.draft import Draft
from leads.store import SAME_FOR, is_erased_meanwhile
from plumbing.spool import Spool

logger = logging.getLogger(__name__)

BATCH = 200


class Sweeper:
    """`engine` is that of the background jobs' role."""

    def __init__(self, engine: Engine, spool: Spool) -> None:
        self._engine = engine
        self._spool = spool

    def one_pass(self) -> int:
        """How many erased requests were swept after."""
        with self._engine.begin() as connection:
            swept = _sweep_outbox(connection)
            _forget_hashes(connection)
        if self._spool.set_aside():
            gone = self._spool.discard(self._is_erased)
            if gone:
                logger.info("erased requests removed from disk", extra={"count": gone})
        return swept

    def _is_erased(self, record: bytes) -> bool:
        try:
            draft = Draft.from_bytes(record)
        except (ValueError, KeyError, TypeError):
            return False  # a person has to look at it
        with self._engine.begin() as connection:
            return is_erased_meanwhile(connection, draft)


def _sweep_outbox(connection: Connection) -> int:
    """Addresses that notify was asked to write to.  What it was not told yet, it never is."""
    gone, outbox = tables.erased_lead, tables.outbox
    ids = connection.scalars(
        select(gone.c.id)
        .where(~gone.c.swept)
        .order_by(gone.c.erased_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if not ids:
        return 0
    connection.execute(
        update(outbox)
        .where(
            outbox.c.sealed.is_not(None),
            outbox.c.data["lead_id"].astext.in_([str(one) for one in ids]),
        )
        .values(sealed=None, confirmed_at=func.coalesce(outbox.c.confirmed_at, func.now()))
    )
    connection.execute(update(gone).where(gone.c.id.in_(ids)).values(swept=True))
    return len(ids)


def _forget_hashes(connection: Connection) -> None:
    """Those that have done their work."""
    gone, confirmation = tables.erased_lead, tables.confirmation
    connection.execute(
        update(gone)
        .where(gone.c.fingerprint.is_not(None), gone.c.received_at < func.now() - SAME_FOR)
        .values(fingerprint=None)
    )
    connection.execute(delete(confirmation).where(confirmation.c.asked_at < func.now() - ONCE_IN))
