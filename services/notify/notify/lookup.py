"""Messages as they are when looked at, with all that sending and reporting them takes."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from notify import rounds, suppression
from notify.messages import TO_DO, Seen
from notify.providers import Outgoing
from notify.tables import alert, attempt, contact, message, outcome, sender


def look(connection: Connection, message_id: UUID) -> Seen | None:
    """The message if there is something to do about it now, else None."""
    row = connection.execute(_LOOK, {"of": message_id}).one_or_none()
    return None if row is None else as_seen(row)


def find(connection: Connection, message_id: UUID) -> Seen:
    """The message, whatever its state."""
    return as_seen(connection.execute(_WHOLE, {"of": message_id}).one())


def refused_by(connection: Connection, message_id: UUID) -> frozenset[str]:
    """The providers that will never take it."""
    refused = (
        select(attempt.c.provider)
        .join(
            outcome, (outcome.c.message_id == attempt.c.message_id) & (outcome.c.no == attempt.c.no)
        )
        .where(attempt.c.message_id == message_id, outcome.c.what == "refused")
    )
    return frozenset(connection.scalars(refused))


def _seen() -> Select[Any]:
    return (
        select(
            message,
            alert.c.lead_id,
            alert.c.reference,
            alert.c.round,
            rounds.TOGETHER.label("bundled"),
            rounds.REFERENCES.label("references"),
            rounds.STALE.label("stale"),
            contact.c.name.label("contact"),
            sender.c.name.label("from_name"),
            sender.c.reply_to,
            sender.c.sms_from,
            suppression.applies(message.c.channel, message.c.address).label("suppressed"),
            func.extract("epoch", func.now() - message.c.unknown_since).label("unknown_for_s"),
        )
        .outerjoin(alert, alert.c.id == message.c.alert_id)
        .outerjoin(contact, contact.c.id == message.c.contact_id)
        .outerjoin(sender, sender.c.clinic == message.c.clinic)
    )


ALL = _seen()
_WHOLE = ALL.where(message.c.id == bindparam("of"))
_LOOK = _WHOLE.where(TO_DO)


def as_seen(row: Row[Any]) -> Seen:
    """Of a row of `ALL`."""
    return Seen(
        outgoing=Outgoing(
            id=row.id,
            kind=row.kind,
            channel=row.channel,
            to=row.address,
            subject=row.subject,
            text=row.text,
            html=row.html,
            references=_references(row),
            created_at=row.created_at,
            from_name=row.from_name or "",
            reply_to=row.reply_to or "",
            sms_from=row.sms_from or "",
        ),
        alert_id=row.alert_id,
        lead_id=row.lead_id,
        clinic=row.clinic,
        suppressed=row.suppressed,
        alert_round=row.alert_round,
        bundled=tuple(row.bundled or ()),
        answered=row.stale or (row.round is not None and row.round != row.alert_round),
        contact=row.contact or "",
        state=row.state,
        attempt_no=row.attempt_no,
        provider=row.provider,
        unknown_for_s=float(row.unknown_for_s or 0),
    )


def _references(row: Row[Any]) -> tuple[str, ...]:
    one = row.reference or row.about
    return (one,) if one else tuple(row.references or ())
