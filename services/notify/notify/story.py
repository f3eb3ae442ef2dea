"""The whole story of an alert, from the audit alone: `python -m notify story ALERT_OR_LEAD`.

What happened to its messages is part of it.  Also where the alert stood at the end, told from
nothing but what was written down on the way: so it can be compared with the alert's row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, or_, select

from notify.states import FAILED, OPEN, SETTLED, STILL_OPEN, TAKEN, TOLD
from notify.tables import audit

AT = "%a %b %-d, %-I:%M:%S %p %Z"
BECOMES = {
    "alert opened": OPEN,
    "alert taken": TAKEN,
    "alert settled": SETTLED,
    "alert told": TOLD,
    "alert reopened": TOLD,
    "chain resumed": TOLD,
    "nobody to tell": FAILED,
}
TOLD_BY = ("message accepted", "message adopted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """Where the alert stood after the last entry.  `holder`: "" for nobody."""

    state: str
    holder: str
    told: tuple[str, ...]  # keys of the contacts whose turn came, in order
    missed: bool


def entries(connection: Connection, known_as: str) -> Sequence[Row[Any]]:
    """Of the alert with this id, or of the lead with it, in the order of writing; maybe none."""
    try:
        by_id = audit.c.alert_id == UUID(known_as)
    except ValueError:
        by_id = audit.c.alert_id.is_(None) & audit.c.what.is_(None)
    of_lead = select(audit.c.alert_id).where(audit.c.detail["lead"].astext == known_as)
    return connection.execute(
        select(audit).where(or_(by_id, audit.c.alert_id.in_(of_lead))).order_by(audit.c.id)
    ).all()


def in_words(rows: Sequence[Row[Any]], zone: str = "UTC") -> Iterator[str]:
    """One line for each entry."""
    for row in rows:
        detail = row.detail
        at = datetime.fromisoformat(detail["at"]) if "at" in detail else row.at
        said = [row.what]
        said += [str(detail[name]) for name in ("contact", "channel") if detail.get(name)]
        if detail.get("attempt"):
            said.append(f"attempt {detail['attempt']}")
        if detail.get("reason"):
            said.append(f"({detail['reason']})")
        yield f"{at.astimezone(ZoneInfo(zone)).strftime(AT)}  {' '.join(said)}"


def stood(rows: Sequence[Row[Any]]) -> Stood:
    """Where it stood, as the entries have it."""
    state, holder, missed = OPEN, "", False
    told: list[str] = []
    for row in rows:
        detail = row.detail
        if row.what in TOLD_BY and state in {OPEN, FAILED}:
            state = TOLD
        elif row.what == "alert failed" and state in STILL_OPEN:
            state = FAILED
        elif row.what == "alert declined" and detail.get("held"):
            state, holder = TOLD, ""
        elif row.what in BECOMES:
            state = BECOMES[row.what]
            holder = detail.get("contact", "") if state in {TAKEN, SETTLED} else ""
        if row.what in {"alert told", "alert reopened"}:
            missed = False
        missed = missed or row.what == "alert missed"
        told += [detail["key"]] if "key" in detail and row.what != "holder reminded" else []
    return Stood(state=state, holder=holder, told=tuple(told), missed=missed)
