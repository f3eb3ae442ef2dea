"""Take each event once, however often it arrives.

The inbox row and what the event causes are one transaction: the second copy finds the row and
does nothing.

    UnknownEvent        nobody here handles an event of that name: it stays with the sender
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    DateTime,
    Engine,
    MetaData,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from contract.events import Envelope

logger = logging.getLogger(__name__)

Handler = Callable[[Connection, Envelope], None]
Handlers = Mapping[str, Handler]
# of events of one name that came one after another
Together = Mapping[str, Callable[[Connection, Sequence[Envelope]], None]]


class UnknownEvent(Exception):  # noqa: N818 - what the event is
    """No handler for this event's name."""


def inbox_table(metadata: MetaData) -> Table:
    return Table(
        "inbox",
        metadata,
        Column("event_id", Uuid, primary_key=True),
        Column("name", Text, nullable=False),
        Column("taken_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Ids of events.  What is in neither list could not be taken now."""

    confirmed: list[UUID] = field(default_factory=list)  # stored, first copies or not
    refused: list[UUID] = field(default_factory=list)  # would fail the next time too


class Inbox:
    """Events in, each handled in one transaction with its row."""

    def __init__(
        self, engine: Engine, table: Table, handlers: Handlers, together: Together | None = None
    ) -> None:
        """`together`: the names whose events are handled as many at once as there are."""
        self._engine = engine
        self._handlers = handlers
        self._together = together or {}
        given = func.unnest(
            bindparam("ids", type_=ARRAY(Uuid)), bindparam("names", type_=ARRAY(Text))
        )
        events = given.table_valued("event_id", "name").render_derived()
        # the order is that of all who take the same events at the same time: nobody blocks anybody
        in_order = select(events.c.event_id, events.c.name).order_by(events.c.event_id)
        self._note = (
            insert(table)
            .from_select(["event_id", "name"], in_order)
            .on_conflict_do_nothing()
            .returning(table.c.event_id)
        )

    def take(self, envelope: Envelope) -> bool:
        """True when this was the first copy.  Returns only after the commit.

        Raises UnknownEvent, or whatever the handler or the database raises: the event is then not
        taken and comes again.
        """
        with self._engine.begin() as connection:
            first = bool(self._take(connection, [envelope]))
        _log(envelope, first=first)
        return first

    def take_all(self, envelopes: Sequence[Envelope]) -> list[UUID]:
        """The ids of those that are stored now, first copies or not; what fails is left out."""
        return self.answer(envelopes).confirmed

    def answer(self, envelopes: Sequence[Envelope]) -> Answer:
        """Take those that can be taken, and say which.

        One transaction for all of them; if one cannot be taken, one for each, so that it holds up
        no other.
        """
        try:
            with self._engine.begin() as connection:
                firsts = self._take(connection, envelopes)
        except Exception:  # noqa: BLE001 - said below, by the one that fails
            return self._one_by_one(envelopes)
        for envelope in envelopes:
            _log(envelope, first=envelope.id in firsts)
        return Answer(confirmed=[envelope.id for envelope in envelopes])

    def _one_by_one(self, envelopes: Sequence[Envelope]) -> Answer:
        answer = Answer()
        for envelope in envelopes:
            try:
                self.take(envelope)
            except OperationalError as error:  # not this event's fault: the database is away
                _log_error(envelope, error)
            except Exception as error:  # noqa: BLE001 - it stays with the sender, whatever it is
                _log_error(envelope, error)
                answer.refused.append(envelope.id)
            else:
                answer.confirmed.append(envelope.id)
        return answer

    def _take(self, connection: Connection, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Handle those that are here for the first time, in their order; their ids."""
        for envelope in envelopes:
            if envelope.name not in self._handlers and envelope.name not in self._together:
                raise UnknownEvent(envelope.name)
        names = {envelope.id: envelope.name for envelope in envelopes}
        rows = {"ids": list(names), "names": list(names.values())}
        firsts = set(connection.scalars(self._note, rows))
        once = {envelope.id: envelope for envelope in envelopes if envelope.id in firsts}
        for name, same in groupby(once.values(), key=lambda envelope: envelope.name):
            if name in self._together:
                self._together[name](connection, list(same))
            else:
                for envelope in same:
                    self._handlers[name](connection, envelope)
        return firsts


def _log(envelope: Envelope, *, first: bool) -> None:
    fields = {"event_id": envelope.id, "event_name": envelope.name}
    logger.info("event taken" if first else "event was here before", extra=fields)


def _log_error(envelope: Envelope, error: Exception) -> None:
    fields = {"event_id": envelope.id, "event_name": envelope.name}
    logger.error("event not taken", exc_info=error, extra=fields | {"reason": type(error).__name__})
