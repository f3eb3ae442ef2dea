"""After a restore: messages of which nobody knows whether they went out wait for a person.

What was queued, under way or unknown when the backup was made may have been sent since.  So it
is held, and so is (by a trigger on `message`) whatever is added later about a request from
before the backup: its event arriving again, a reminder.  A person lists it, and releases or
drops it; a release frees all further messages about the same request.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from contract.env import Env
from contract.events import SYNTHETIC
from notify.messages import CHANNEL, QUEUED, SENDING, UNKNOWN
from notify.records import note
from notify.tables import alert, contact, message, outbox, released, restored
from plumbing import wakes
from plumbing.database import connect

HELD, CANCELLED = "held", "cancelled"
LISTED: Sequence[ColumnElement[Any]] = (
    message.c.id,
    message.c.clinic,
    message.c.channel,
    message.c.kind,
    contact.c.name.label("contact"),
    alert.c.location,
    alert.c.reference,
    alert.c.received_at,
    alert.c.state.label("alert_state"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore has to tell: `held` messages, and `lost` requests that only we know of."""

    held: int
    lost: Sequence[Row[Any]]


def after_restore(
    connection: Connection, *, leads_from: datetime, made_at: datetime, without_lead: Sequence[str]
) -> Restored:
    """Hold what may have gone out.  leads is as of `leads_from`, our tables of a moment later.

    `without_lead`: ids of leads that came in between, and so are not in leads' database.
    """
    connection.execute(insert(restored).values(made_at=made_at))
    held = connection.execute(
        update(message)
        .where(message.c.state.in_([QUEUED, SENDING, UNKNOWN]))
        .values(state=HELD, lease_until=None, unknown_since=None)
    )
    # leads may have forgotten these; those that it has, its inbox absorbs
    connection.execute(
        update(outbox)
        .where(outbox.c.confirmed_at >= leads_from)
        .values(confirmed_at=None, next_try_at=func.now())
    )
    # and these it could never take
    connection.execute(
        update(outbox)
        .where(outbox.c.data["lead_id"].astext.in_(without_lead), outbox.c.confirmed_at.is_(None))
        .values(confirmed_at=func.now())
    )
    lost = connection.execute(
        select(alert)
        .where(alert.c.lead_id.in_(without_lead), alert.c.clinic != SYNTHETIC)
        .order_by(alert.c.received_at)
    ).all()
    return Restored(held=held.rowcount, lost=lost)


def listed(connection: Connection) -> Sequence[Row[Any]]:
    """The held messages, oldest request first."""
    return connection.execute(
        select(*LISTED)
        .outerjoin(contact, contact.c.id == message.c.contact_id)
        .outerjoin(alert, alert.c.id == message.c.alert_id)
        .where(message.c.state == HELD)
        .order_by(alert.c.received_at, message.c.created_at)
    ).all()


def release(connection: Connection, which: ColumnElement[bool]) -> int:
    """Send them after all; how many.  Further messages about the same requests are free too."""
    rows = _change(connection, which, state=QUEUED, due_at=func.now(), publish_at=func.now())
    for row in rows:
        if row.alert_id is not None:
            free = insert(released).values(alert_id=row.alert_id)
            again = {"at": func.now()}
            connection.execute(free.on_conflict_do_update(index_elements=["alert_id"], set_=again))
        wakes.say(connection, CHANNEL, f"{row.channel}:{row.id}:{row.clinic}")
        note(
            connection,
            "message released",
            clinic=row.clinic,
            alert_id=row.alert_id,
            message_id=row.id,
        )
    return len(rows)


def drop(connection: Connection, which: ColumnElement[bool]) -> int:
    """Never send them; how many."""
    rows = _change(connection, which, state=CANCELLED)
    for row in rows:
        note(
            connection,
            "message dropped",
            clinic=row.clinic,
            alert_id=row.alert_id,
            message_id=row.id,
        )
    return len(rows)


def _change(
    connection: Connection, which: ColumnElement[bool], **values: object
) -> Sequence[Row[Any]]:
    columns = (message.c.id, message.c.clinic, message.c.alert_id, message.c.channel)
    changed = update(message).where(and_(message.c.state == HELD, which)).values(**values)
    return connection.execute(changed.returning(*columns)).all()


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command `python -m notify held`."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="what waits, and about which request")
    for verb, text in (("release", "send it after all"), ("drop", "never send it")):
        which = verbs.add_parser(verb, help=text)
        which.add_argument("ids", nargs="*", type=UUID, help="message ids of the list")
        which.add_argument("--all", action="store_true")
    after = verbs.add_parser("after-restore", help="what make restore calls")
    after.add_argument("--leads-from", type=datetime.fromisoformat, required=True)
    after.add_argument("--made-at", type=datetime.fromisoformat, required=True)
    after.add_argument("--without-lead", action="append", default=[])


def run(asked: argparse.Namespace, environ: Mapping[str, str]) -> str:
    """What to print.  Raises contract.env.SettingsError."""
    env = Env(environ)
    url = env.url("NOTIFY_DATABASE_URL", schemes=("postgresql",))
    env.raise_problems()
    engine = connect(url, name="notify-held", pool_size=1)
    with engine.begin() as connection:
        said = _answer(connection, asked)
    engine.dispose()
    return "\n".join(said)


def _answer(connection: Connection, asked: argparse.Namespace) -> list[str]:
    match asked.verb:
        case "list":
            return _in_words(listed(connection))
        case "release":
            return [f"{release(connection, _which(asked))} messages go out now"]
        case "drop":
            return [f"{drop(connection, _which(asked))} messages will never be sent"]
        case _:
            return _of_restore(
                after_restore(
                    connection,
                    leads_from=asked.leads_from,
                    made_at=asked.made_at,
                    without_lead=asked.without_lead,
                )
            )


def _which(asked: argparse.Namespace) -> ColumnElement[bool]:
    return true() if asked.all else or_(message.c.id.in_(asked.ids))


def _in_words(rows: Sequence[Row[Any]]) -> list[str]:
    if not rows:
        return ["nothing is held"]
    said = [
        f"{row.id}  {row.kind} by {row.channel} to {row.contact or 'no contact'} of {row.clinic}: "
        + (
            f"{row.location} {row.reference}, received {row.received_at:%Y-%m-%d %H:%M} UTC, "
            f"alert {row.alert_state}"
            if row.reference
            else "about no request"
        )
        for row in rows
    ]
    return [*said, "send after all: notify held release ID… | --all;  never: held drop ID… | --all"]


def _of_restore(what: Restored) -> list[str]:
    said = [
        f"{what.held} messages may or may not have gone out since the backup: held, not sent. "
        "See and decide, when it runs: python -m notify held list"
        if what.held
        else "no message was under way when the backup was made",
    ]
    if what.lost:
        said.append(f"{len(what.lost)} requests came in while the backup was made and are lost:")
        said += [
            f"  {row.clinic} {row.location} {row.kind} {row.reference}, received "
            f"{row.received_at:%Y-%m-%d %H:%M} UTC"
            for row in what.lost
        ]
    return said
