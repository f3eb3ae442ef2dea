"""Everything that is stored about a person, opened: what somebody who asks for it is handed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import select

from contract.directory import Directory
from contract.sent import Sent
from leads import tables, vault
from leads.privacy.finding import Found, Keys, Row, opened, opened_comment, opened_text
from leads.privacy.person import Person
from leads.scope import Scope
from plumbing.sealing import KeyRing, Unsealable

TEMPLATES = Path(__file__).parent / "templates"
UNREADABLE = "cannot be opened: the key is missing"
KEPT_OF_LEAD = (
    "state",
    "outcome",
    "follow_up_at",
    "booked_for",
    "contacted_at",
    "language",
    "form_version",
    "suspicions",
)


def bundle(
    scope: Scope,
    keys: Keys,
    person: Person,
    found: Found,
    directory: Directory | None,
    *,
    sent: Sequence[Sent] = (),
) -> dict[str, Any]:
    """JSON: texts, numbers, lists and objects; moments are ISO 8601 in UTC."""
    return {
        "about": person.value,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "requests": [_request(scope, keys.seal, row, directory) for row in found.leads],
        "comments": [_comment(keys.seal, row) for row in found.comments],
        "texts": [_text(keys.seal, row) for row in found.texts],
        "sent": [one.to_json() for one in sent],
    }


def page(contents: Mapping[str, Any]) -> str:
    """A bundle for people: one HTML file that loads nothing."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("bundle.html").render(contents)


def _request(scope: Scope, keys: KeyRing, row: Row, directory: Directory | None) -> dict[str, Any]:
    clinic = directory.clinic(row["clinic"]) if directory else None
    location = clinic.location(row["location"]) if clinic else None
    return {
        "reference": row["reference"],
        "clinic": clinic.name if clinic else row["clinic"],
        "location": location.name if location else row["location"],
        "kind": row["kind"],
        "received_at": _plain(row["received_at"]),
        "name": opened(keys, row, "name") or UNREADABLE,
        "contact": opened(keys, row, "contact") or {"contact": UNREADABLE},
        "words": opened(keys, row, "words") or {"words": UNREADABLE},
        "came_from": row["attribution"],
        **{name: _plain(row[name]) for name in KEPT_OF_LEAD},
        "consents": _of_lead(scope, tables.consent, row, "what", "wording", "given_at"),
        "other_references": [
            alias["reference"] for alias in _of_lead(scope, tables.lead_alias, row, "reference")
        ],
        "story": _story(scope, keys, row),
    }


def _of_lead(scope: Scope, table: Any, row: Row, *columns: str) -> list[dict[str, Any]]:
    rows = scope.connection.execute(
        select(*(table.c[name] for name in columns))
        .where(scope.own(table), table.c.clinic == row["clinic"], table.c.lead_id == row["id"])
        .order_by(table.c[columns[0]])
    )
    return [{name: _plain(value) for name, value in each.items()} for each in rows.mappings()]


def _story(scope: Scope, keys: KeyRing, row: Row) -> list[dict[str, Any]]:
    """What happened to it, oldest first, with the notes that staff wrote."""
    event = tables.lead_event
    rows = scope.connection.execute(
        select(event)
        .where(scope.own(event), event.c.clinic == row["clinic"], event.c.lead_id == row["id"])
        .order_by(event.c.at, event.c.id)
    ).mappings()
    return [
        {
            "at": _plain(each["at"]),
            "what": each["what"],
            "by": each["detail"].get("by", "") or each["detail"].get("contact", ""),
            "note": _note(keys, each),
        }
        for each in rows
    ]


def _note(keys: KeyRing, event: Row) -> str:
    if event["note_sealed"] is None:
        return ""
    try:
        return vault.open_note(keys, event["clinic"], event["lead_id"], event["note_sealed"])
    except Unsealable:
        return UNREADABLE


def _comment(keys: KeyRing, row: Row) -> dict[str, Any]:
    words = opened_comment(keys, row)
    return {
        "clinic": row["clinic"],
        "article": row["article"],
        "received_at": _plain(row["received_at"]),
        "state": row["state"],
        "suspicions": row["suspicions"],
        **(words or {"name": UNREADABLE, "email": UNREADABLE, "message": UNREADABLE}),
    }


def _text(keys: KeyRing, row: Row) -> dict[str, Any]:
    words = opened_text(keys, row) or {"from": UNREADABLE, "text": UNREADABLE}
    return {"clinic": row["clinic"], "at": _plain(row["at"]), "what": row["what"], **words}


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
