"""Processes that nobody can ask leave a sign of life in a row; /readyz looks at it."""

import logging
import threading
import time

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from notify.tables import heartbeat

logger = logging.getLogger(__name__)

EVERY_S = 5
DEAD_AFTER_S = 20
PROCESSES = ("notify-worker", "notify-dispatcher", "notify-relay")


class Heartbeat:
    """`beat` as often as you like: it writes at most every `EVERY_S`."""

    def __init__(self, engine: Engine, process: str) -> None:
        self._engine = engine
        self._process = process
        self._next = 0.0

    def beat(self) -> None:
        if time.monotonic() < self._next:
            return
        row = insert(heartbeat).values(process=self._process, at=func.now())
        with self._engine.begin() as connection:
            connection.execute(
                row.on_conflict_do_update(index_elements=["process"], set_={"at": func.now()})
            )
        self._next = time.monotonic() + EVERY_S

    def start(self) -> None:
        """Beat from a thread for as long as the process lives."""
        threading.Thread(target=self._keep_beating, daemon=True).start()

    def _keep_beating(self) -> None:
        pause = threading.Event()
        while True:
            try:
                self.beat()
            except SQLAlchemyError as error:
                logger.warning("no sign of life written", extra={"reason": type(error).__name__})
            pause.wait(EVERY_S)


def silent(connection: Connection) -> list[str]:
    """The processes that have given no sign of life lately."""
    age_s = func.extract("epoch", func.now() - heartbeat.c.at)
    alive = connection.scalars(select(heartbeat.c.process).where(age_s < DEAD_AFTER_S)).all()
    return [process for process in PROCESSES if process not in alive]
