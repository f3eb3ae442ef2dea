"""Change a lead: a move, its undoing, a note.  State, story and event in one transaction each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from contract.directory import Location
from contract.events import LEAD_HANDLED, Envelope, LeadHandled
from leads import store, tables, vault
from leads.desk.book import Row
from leads.desk.moves import CALL_NOW, CONTACTS, DONE, Move
from leads.scope import Scope
from leads.staff.people import Person
from leads.waiting import first_contact
from plumbing import outbox
from plumbing.sealing import KeyRing

UNDO_FOR = timedelta(minutes=10)
# what a move changes, and undoing it brings back
KEPT = (
    "state",
    "holder",
    "answered_by",
    "outcome",
    "follow_up_at",
    "booked_for",
    "handled_at",
    "contacted_at",
    "contact_minutes",
    "contact_late",
)
_MOMENTS = ("follow_up_at", "booked_for", "handled_at", "contacted_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What notify hears of a change."""

    state: str
    outcome: str = ""
    until: str = ""


def make_move(
    scope: Scope,
    row: Row,
    move: Move,
    person: Person,
    *,
    now: datetime,
    location: Location | None,
    moment: datetime | None = None,
) -> bool:
    """Make `move` if the lead is still as in `row`; `moment`: what the move asks for (`asks`).

    False when somebody else was faster; nothing has changed then.
    """
    follow_up = moment if move.asks == "follow_up" else None
    changed_at = _change(
        scope,
        row,
        {
            "state": move.to,
            "holder": None if move.frees else person.id,
            "answered_by": None,
            "outcome": move.outcome or None,
            "follow_up_at": follow_up,
            "booked_for": moment if move.asks == "booked_for" else None,
            "handled_at": func.now() if move.to == DONE else None,
            **_first_contact(row, move, location, now),
        },
    )
    if changed_at is None:
        return False
    detail: dict[str, object] = {"by": person.name, "before": _plain(row)}
    if moment:
        detail["moment"] = moment.astimezone(UTC).isoformat()
    _add(scope, row, person, move.what, detail)
    until = follow_up.astimezone(UTC).isoformat() if follow_up else ""
    told = Told(state=move.told, outcome=move.outcome, until=until)
    _tell(scope, row, told, person, changed_at)
    return True


def undoable(scope: Scope, row: Row, person: Person) -> Mapping[str, Any] | None:
    """What this person's last move changed, if nothing has happened since and it is recent."""
    event = tables.lead_event
    before: Mapping[str, Any] | None = scope.connection.scalar(
        select(event.c.detail["before"]).where(
            scope.own(event),
            event.c.lead_id == row["id"],
            event.c.actor == _actor(person),
            event.c.at == row["changed_at"],
            event.c.at > func.now() - UNDO_FOR,
            event.c.detail.has_key("before"),
        )
    )
    return before


def undo(scope: Scope, row: Row, person: Person) -> bool:
    """Bring back what was before this person's last move; False when it is too late for that."""
    before = undoable(scope, row, person)
    if before is None:
        return False
    values = {name: before[name] for name in KEPT}
    values |= {name: _moment(before[name]) for name in _MOMENTS}
    values["holder"] = UUID(before["holder"]) if before["holder"] else None
    changed_at = _change(scope, row, values)
    if changed_at is None:
        return False
    _add(scope, row, person, "undone", {"by": person.name})
    told = {CALL_NOW: Told(state="reopened"), DONE: Told(state="outcome", outcome=_text(before))}
    _tell(scope, row, told.get(before["state"], Told(state="taken")), person, changed_at)
    return True


def write_note(scope: Scope, keys: KeyRing, row: Row, person: Person, words: str) -> None:
    """Put a member of staff's words into the story, sealed."""
    scope.connection.execute(
        tables.lead_event.insert().values(
            clinic=row["clinic"],
            lead_id=row["id"],
            actor=_actor(person),
            what="note",
            detail={"by": person.name},
            note_sealed=vault.seal_note(keys, row["clinic"], row["id"], words),
        )
    )


def _change(scope: Scope, row: Row, values: Mapping[str, object]) -> datetime | None:
    """Compare and set; when it was done, None when the lead is not as in `row` any more."""
    lead = tables.lead
    changed_at: datetime | None = scope.connection.scalar(
        update(lead)
        .where(
            scope.own(lead),
            lead.c.id == row["id"],
            lead.c.state == row["state"],
            lead.c.holder.is_not_distinct_from(row["holder"]),
            lead.c.changed_at.is_not_distinct_from(row["changed_at"]),
        )
        .values(changed_at=func.now(), **values)
        .returning(lead.c.changed_at)
    )
    return changed_at


def _first_contact(
    row: Row, move: Move, location: Location | None, now: datetime
) -> dict[str, object]:
    """What a report needs of the first call; nothing when this is none."""
    if row["contacted_at"] is not None or move.outcome not in CONTACTS:
        return {}
    return first_contact(location, row["received_at"], now)


def _add(scope: Scope, row: Row, person: Person, what: str, detail: Mapping[str, object]) -> None:
    store.add_event(
        scope.connection,
        clinic=row["clinic"],
        lead_id=row["id"],
        actor=_actor(person),
        what=what,
        detail=detail,
    )


def _tell(scope: Scope, row: Row, told: Told, person: Person, at: datetime) -> None:
    event = LeadHandled(
        lead_id=str(row["id"]),
        clinic=row["clinic"],
        state=told.state,
        by=person.name,
        at=at.astimezone(UTC).isoformat(),
        outcome=told.outcome,
        until=told.until,
    )
    envelope = Envelope(id=uuid4(), name=LEAD_HANDLED, at=at, data=event.to_json())
    outbox.add(scope.connection, tables.outbox, envelope)


def _actor(person: Person) -> str:
    return f"staff:{person.id}"


def _plain(row: Row) -> dict[str, object]:
    """The columns that a move changes, as JSON keeps them."""
    return {name: _as_json(row[name]) for name in KEPT}


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _text(before: Mapping[str, Any]) -> str:
    return before["outcome"] or "closed"
