"""capture:// keeps messages in a table instead of sending them: for demos and tests."""

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from notify.providers import Accepted, Outgoing, ProviderError
from notify.tables import captured


class Capture:
    """One copy for each message id, however often it is sent."""

    name = "capture"
    idempotent = True

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def send(self, message: Outgoing) -> Accepted:
        row = insert(captured).values(
            message_id=message.id,
            kind=message.kind,
            channel=message.channel,
            address=message.to,
            subject=message.subject,
            text=message.text,
            html=message.html,
            leads=list(message.references),
        )
        try:
            with self._engine.begin() as connection:
                connection.execute(row.on_conflict_do_nothing())
        except SQLAlchemyError as error:
            raise ProviderError("capture table does not answer", unknown=True) from error
        return Accepted(str(message.id))
