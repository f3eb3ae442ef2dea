"""How many texts a clinic may have sent in a day.  A flood costs money; the e-mails still go."""

from sqlalchemy import Connection, bindparam, func
from sqlalchemy.dialects.postgresql import insert

from notify.tables import texts_sent as rows


def reached(at_most: int) -> str:
    """Why a text was not sent, in words."""
    return (
        f"the clinic's limit of {at_most} texts a day is reached:"
        " raise NOTIFY_TEXTS_PER_CLINIC, or look who floods"
    )


def spend(connection: Connection, clinic: str, *, at_most: int) -> bool:
    """Count one more text of today (UTC); False: the limit is reached, and nothing is counted.

    One statement, so that all processes together never count beyond it.  A text that is not
    sent after all stays counted: the limit is on the safe side.
    """
    of_it = {"of": clinic, "at_most": at_most}
    return at_most > 0 and connection.scalar(_SPEND, of_it) is not None


_SPEND = (
    insert(rows)
    .values(clinic=bindparam("of"), day=func.current_date(), count=1)
    .on_conflict_do_update(
        index_elements=["clinic", "day"],
        set_={"count": rows.c.count + 1},
        where=rows.c.count < bindparam("at_most"),
    )
    .returning(rows.c.count)
)
