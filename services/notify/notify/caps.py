"""How many texts a clinic may have sent in a day.  A flood costs money; the e-mails still go."""

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from notify.tables import texts_sent as rows


def reached(at_most: int) -> str:
    """Why a text was not sent, in words."""
    return (
        f"the clinic's limit of {at_most} texts a day is reached:"
        " raise NOTIFY_TEXTS_PER_CLINIC, or look who floods"
    )


def spends(wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """One more text of today (UTC) is counted; false: not `wanted`, or the limit is reached, and
    nothing is.

    For the statement that claims the text, so that all processes together never count beyond it.
    What a provider then says that it did not take is counted no more (`not_spent`); of what nobody
    knows, the limit is on the safe side.
    """
    row = insert(rows).from_select(
        ["clinic", "day", "count"],
        select(bindparam("spends"), func.current_date(), 1).where(bindparam("texts") > 0, wanted),
    )
    counted = row.on_conflict_do_update(
        index_elements=["clinic", "day"],
        set_={"count": rows.c.count + 1},
        where=rows.c.count < bindparam("texts"),
    )
    return exists(select(counted.returning(rows.c.count).cte("spent").c.count))


def not_spent(connection: Connection, clinic: str) -> None:
    """A provider did not take a text that was counted."""
    counted = update(rows).where(_today(clinic), rows.c.count > 0)
    connection.execute(counted.values(count=rows.c.count - 1))


def parameters(clinic: str, at_most: int) -> dict[str, object]:
    """Of `spends`."""
    return {"spends": clinic, "texts": at_most}


def is_reached(connection: Connection, clinic: str, at_most: int) -> bool:
    return (connection.scalar(select(rows.c.count).where(_today(clinic))) or 0) >= at_most


def _today(clinic: str) -> ColumnElement[bool]:
    return (rows.c.clinic == clinic) & (rows.c.day == func.current_date())
