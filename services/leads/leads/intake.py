"""Take a request durably, whatever state the database is in, and say so in time.

The database has `DATABASE_S` to answer.  Where it does not, the request goes to the spool on this
host's disk (leads.drain carries it on), and for a moment the requests that follow go there at
once: else each of them would hold a thread as long as a frozen database does.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from contract.directory import Clinic
from leads.accept import Accepted, Acceptor, NotAccepted
from leads.bounded import Bounded
from leads.request import Request
from leads.spam.judge import Circumstances, Judge, Verdict
from plumbing.spool import Spool

logger = logging.getLogger(__name__)

DATABASE_S = 1.5
DISK_S = 2.5  # together with DATABASE_S below the 5 s within which a patient has an answer
LEFT_ALONE_S = 1.0
THREADS = 8
NO_SPAM = Verdict(held=False, reasons=())


class NotTaken(Exception):  # noqa: N818 - what the request is
    """Neither database nor disk took it: the patient must be told so."""


class Intake:
    """The one way in for requests of patients."""

    def __init__(self, judge: Judge, acceptor: Acceptor, spool: Spool) -> None:
        self._judge = judge
        self._acceptor = acceptor
        self._spool = spool
        self._database = Bounded(threads=THREADS, seconds=DATABASE_S)
        self._disk = Bounded(threads=THREADS, seconds=DISK_S)
        self._away = _Away()

    def take(
        self,
        clinic: Clinic,
        request: Request,
        came: Circumstances | None,
        *,
        idempotency_key: str = "",
    ) -> Accepted:
        """Returns once the request is durable.  Raises NotTaken, and KeyReused for a key in use.

        `came`: None for one that is known to be no spam.
        """
        verdict = self._judge.judge(clinic.slug, request, came) if came else NO_SPAM
        draft = self._acceptor.draft(clinic, request, verdict, idempotency_key=idempotency_key)
        if self._away.worth_a_try():
            try:
                accepted = self._database.call(partial(self._acceptor.store, draft))
            except (SQLAlchemyError, NotAccepted, TimeoutError) as error:
                self._away.failed(type(error).__name__)
            else:
                self._away.answered()
                return accepted
        try:
            self._disk.call(partial(self._spool.write, draft.to_bytes()))
        except (OSError, TimeoutError) as error:
            fields = {"clinic": clinic.slug, "reason": type(error).__name__}
            logger.error("request not stored", extra=fields)  # noqa: TRY400 - no traceback needed
            raise NotTaken from None
        return Accepted(
            lead_id=draft.id, reference=draft.told, received_at=draft.received_at, new=True
        )


class _Away:
    """Whether the database was away a moment ago: then one request at a time tries it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until: float | None = None

    def worth_a_try(self) -> bool:
        with self._lock:
            if self._until is None:
                return True
            if self._clock() < self._until:
                return False
            self._until = self._clock() + LEFT_ALONE_S + DATABASE_S
            return True

    def failed(self, reason: str) -> None:
        with self._lock:
            if self._until is None:
                logger.warning("database away", extra={"reason": reason})
            self._until = self._clock() + LEFT_ALONE_S

    def answered(self) -> None:
        with self._lock:
            if self._until is not None:
                logger.info("database back")
            self._until = None
