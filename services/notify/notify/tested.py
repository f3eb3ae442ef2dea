"""How the test requests fared: a row for each, and what is to be said of them.

The caller owns the transaction.  All times are the database's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, text, update

from contract.events import SYNTHETIC
from notify.messages import ACCEPTED
from notify.tables import alert, message, synthetic_check

KEPT = timedelta(days=1)
SOONER = 5  # after a failure the next one comes so many times sooner
MISSED = 3  # so many in a row that did not come through are told of
LOCK = 7_305_113  # pg_advisory_xact_lock: several dispatchers post one request

_row = synthetic_check.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`told_at`: of the newest that came through; `failing_since`: of the first since that did not.

    `failed`: why the newest one did not, in words; `ping`: why the newest heartbeat did not go out.
    """

    told_at: datetime | None = None
    told_s: float | None = None  # seconds ago
    failing_since: datetime | None = None
    failing_s: float = 0.0
    failed: str = ""
    ping: str = ""

    def in_words(self) -> str:
        """When alerts were last seen to arrive."""
        if self.told_s is None:
            return "alerts have not been tested yet"
        minutes = int(self.told_s // 60)
        return f"alerts were tested {minutes} min ago, from the form to the end"

    def trouble(self, every_s: int) -> str | None:
        """In words, once alerts are untested for `MISSED` times `every_s`; None: all is well."""
        if self.failing_since is None or self.failing_s < (MISSED - 1) * every_s:
            return None
        since = f"{self.failing_since:%Y-%m-%d %H:%M} UTC"
        return f"no test request has come through since {since}: {self.failed}"


def begin(connection: Connection, *, clinic: str, location: str, every_s: int) -> int | None:
    """The id of a test that is due now; None: none is, or another dispatcher does it."""
    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    last = connection.execute(
        select(_row.failed, func.extract("epoch", func.now() - _row.started_at).label("age_s"))
        .order_by(_row.started_at.desc())
        .limit(1)
    ).one_or_none()
    if last and last.age_s < (every_s / SOONER if last.failed else every_s):
        return None
    row = synthetic_check.insert().values(clinic=clinic, location=location)
    check_id: int = connection.execute(row.returning(_row.id)).scalar_one()
    return check_id


def came_through(connection: Connection, check_id: int) -> None:
    values = {"told_at": func.now(), "failed": None}
    connection.execute(update(synthetic_check).where(_row.id == check_id).values(values))


def failed(connection: Connection, check_id: int, why: str) -> None:
    connection.execute(update(synthetic_check).where(_row.id == check_id).values(failed=why))


def pinged(connection: Connection, check_id: int, why_not: str) -> None:
    """`why_not`: "" when the operator's address took it."""
    connection.execute(update(synthetic_check).where(_row.id == check_id).values(ping=why_not))


def stands_at(connection: Connection, reference: str) -> str | None:
    """How far the alert of the test request with this reference is; None: the sink has it."""
    state = connection.execute(
        select(message.c.state)
        .join(alert, alert.c.id == message.c.alert_id)
        .where(alert.c.clinic == SYNTHETIC, alert.c.reference == reference)
    ).one_or_none()
    if state is None:
        return "leads took it and notify has not heard of it (see leads-relay and notify-worker)"
    if state.state == ACCEPTED:
        return None
    return f"its message is still {state.state} (see notify-worker and notify-dispatcher)"


def standing(connection: Connection) -> Standing:
    """What is known now."""
    told = connection.execute(
        select(_row.told_at, func.extract("epoch", func.now() - _row.told_at).label("age_s"))
        .where(_row.told_at.is_not(None))
        .order_by(_row.told_at.desc())
        .limit(1)
    ).one_or_none()
    age_s = func.extract("epoch", func.now() - _row.started_at)
    query = select(_row.started_at, age_s.label("age_s"), _row.failed).where(_row.failed != "")
    if told:
        query = query.where(_row.started_at > told.told_at)
    in_vain = connection.execute(query.order_by(_row.started_at)).all()
    ping = select(_row.ping).where(_row.ping.is_not(None)).order_by(_row.id.desc()).limit(1)
    return Standing(
        told_at=told.told_at if told else None,
        told_s=float(told.age_s) if told else None,
        failing_since=in_vain[0].started_at if in_vain else None,
        failing_s=float(in_vain[0].age_s) if in_vain else 0.0,
        failed=in_vain[-1].failed if in_vain else "",
        ping=connection.scalar(ping) or "",
    )


def forget(connection: Connection) -> None:
    """Remove what is older than a day, but for the newest that came through."""
    newest = select(func.max(_row.told_at)).scalar_subquery()
    connection.execute(
        delete(synthetic_check).where(
            _row.started_at < func.now() - KEPT, _row.told_at.is_distinct_from(newest)
        )
    )
    connection.execute(text("SELECT forget_synthetic('1 day')"))
