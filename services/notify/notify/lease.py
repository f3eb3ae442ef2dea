"""A claimed message stays ours for as long as the call to the provider is open, and no longer."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from notify import messages

logger = logging.getLogger(__name__)


@contextmanager
def held(engine: Engine, message_id: UUID, attempt_no: int, *, lease_s: float) -> Iterator[None]:
    """Renew the lease from a thread three times in its length.

    A process that dies or is frozen renews nothing, so its lease lapses within `lease_s`.
    """
    over = threading.Event()

    def keep() -> None:
        while not over.wait(lease_s / 3):
            try:
                with engine.begin() as connection:
                    messages.renew(connection, message_id, attempt_no, lease_s=lease_s)
            except SQLAlchemyError as error:
                logger.warning("lease not renewed", extra={"reason": type(error).__name__})

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
