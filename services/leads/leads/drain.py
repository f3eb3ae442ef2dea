"""Carry requests from this host's spool into the database, once it is back."""

import logging
from dataclasses import replace

from sqlalchemy.exc import DataError, IntegrityError

from contract.directory import Directory
from leads.accept import Accepted, Acceptor, KeyReused, NotAccepted
from leads.draft import Draft
from plumbing.documents import Reader
from plumbing.spool import Poison, Spool

logger = logging.getLogger(__name__)

LATE_S = 15.0  # a record that waits longer is told of: the relay looks every second


class Drain:
    """Run by the relay of the host whose disk it is."""

    def __init__(self, spool: Spool, acceptor: Acceptor, directory: Reader[Directory]) -> None:
        self._spool = spool
        self._acceptor = acceptor
        self._directory = directory

    def one_pass(self) -> int:
        """How many requests were carried over.  Raises what the database raises: try later."""
        return self._spool.drain(self._take)

    def _take(self, record: bytes) -> None:
        try:
            draft = Draft.from_bytes(record)
        except (ValueError, KeyError, TypeError):
            raise Poison("no-draft") from None
        directory = self._directory.current
        if directory:
            draft = draft.at_home(directory.clinic(draft.clinic))
        draft = self._acceptor.hashed_anew(draft)
        try:
            accepted = self._store(draft)
        except (DataError, IntegrityError, NotAccepted) as error:
            raise Poison(type(error).__name__) from None
        fields = {"clinic": draft.clinic, "lead_id": accepted.lead_id, "reference": draft.told}
        logger.info("request carried over" if accepted.new else "was here before", extra=fields)

    def _store(self, draft: Draft) -> Accepted:
        try:
            return self._acceptor.store(draft, waited=True)
        except KeyReused:  # nobody could say so at the time: it was told as taken
            return self._acceptor.store(replace(draft, idempotency_key=b""), waited=True)


def late(spool: Spool) -> str | None:
    """A readiness check: None unless requests wait on disk for long."""
    standing = spool.standing()
    if standing.oldest_s <= LATE_S:
        return None
    return f"{standing.waiting} requests wait on disk, the oldest {standing.oldest_s:.0f} s"


def late_or_set_aside(spool: Spool) -> str | None:
    """The relay's: requests that could not be carried over need a person."""
    aside = spool.standing().aside
    if not aside:
        return late(spool)
    return f"{aside} requests on disk could not be stored: see python -m leads spool list"
