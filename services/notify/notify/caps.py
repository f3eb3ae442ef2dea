"""How many texts a clinic may have sent in a day.  A flood costs money; the e-mails still go."""

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    bindparam,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from notify.tables import texts_sent as rows

TEXT: ColumnElement[str] = literal_column("'sms'")


def reached(at_most: int) -> str:
    """Why a text was not sent, in words."""
    return (
        f"the clinic's limit of {at_most} texts a day is reached:"
        " raise NOTIFY_TEXTS_PER_CLINIC, or look who floods"
    )


def spending(wanted: FromClause) -> CTE:
    """The clinics whose texts of today (UTC) are counted, all of `wanted` or none: `texts` is the
    limit of each.  `wanted`: has a row with `channel` and `clinic` for each message.

    For the statement that claims the texts, so that all processes together never count beyond it.
    What a provider then says that it did not take is counted no more (`not_spent`); of what nobody
    knows, the limit is on the safe side.
    """
    limit = bindparam("texts", type_=Integer)
    texts = (
        select(wanted.c.clinic, func.current_date(), func.count())
        .where(wanted.c.channel == TEXT)
        .group_by(wanted.c.clinic)
        .having(func.count() <= limit)
        .order_by(wanted.c.clinic)  # who counts for several clinics does so in the same order
    )
    row = insert(rows).from_select(["clinic", "day", "count"], texts)
    together = rows.c.count + row.excluded.count
    counted = row.on_conflict_do_update(
        index_elements=["clinic", "day"], set_={"count": together}, where=together <= limit
    )
    return counted.returning(rows.c.clinic).cte("spent")


def not_spent(connection: Connection, clinic: str) -> None:
    """A provider did not take a text that was counted."""
    counted = update(rows).where(_today(clinic), rows.c.count > 0)
    connection.execute(counted.values(count=rows.c.count - 1))


def is_reached(connection: Connection, clinic: str, at_most: int) -> bool:
    return (connection.scalar(select(rows.c.count).where(_today(clinic))) or 0) >= at_most


def _today(clinic: str) -> ColumnElement[bool]:
    return (rows.c.clinic == clinic) & (rows.c.day == func.current_date())
