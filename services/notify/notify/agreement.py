"""What a clinic has agreed to in writing, so that messages may say a patient's first name.

Mails and texts pass through companies that are not the clinic's.  Without an agreement with them on
record no contact can ask for names, and none is kept here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from contract.events import Envelope
from notify.records import note
from notify.tables import agreement
from plumbing.envelopes import open_part
from plumbing.sealing import KeyRing, Unsealable

WANTED = 'add [agreement] with = "who signed what with whom" and signed = 2026-11-02'
SHORTEST = 10  # letters that say who agreed to what


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """On record in the alerts file: with whom, about what, and since when."""

    with_whom: str
    signed: date


def read(raw: Mapping[str, Any]) -> tuple[Agreement | None, list[str]]:
    """The agreement in an alerts file, and what is wrong with it or with who relies on it."""
    contacts = raw.get("contacts")
    entries = contacts if isinstance(contacts, dict) else {}
    asked = {
        key: entry["names"]
        for key, entry in entries.items()
        if isinstance(entry, dict) and "names" in entry
    }
    problems = [
        f"[contacts.{key}] names: must be true or false"
        for key, value in asked.items()
        if not isinstance(value, bool)
    ]
    found, wrong = _read(raw["agreement"]) if "agreement" in raw else (None, "")
    if wrong:
        return None, [*problems, f"[agreement] {wrong}"]
    if found is None:
        problems += [
            f"[contacts.{key}] names: needs an agreement on record: {WANTED}"
            for key, value in asked.items()
            if value is True
        ]
    return found, problems


def _read(raw: object) -> tuple[Agreement | None, str]:
    """The agreement, or what is wrong with it and what to do."""
    if not isinstance(raw, dict) or set(raw) != {"with", "signed"}:
        return None, f"needs `with` and `signed`: {WANTED}"
    with_whom, signed = raw["with"], raw["signed"]
    if not isinstance(with_whom, str) or len(with_whom.strip()) < SHORTEST:
        return None, "with: say who signed what with whom, so that it can be found"
    if not isinstance(signed, date) or isinstance(signed, datetime):
        return None, "signed: must be a day such as 2026-11-02"
    if signed > datetime.now(UTC).date():
        return None, f"signed: {signed} is to come: names may be said from then on"
    return Agreement(with_whom=with_whom.strip(), signed=signed), ""


def store(connection: Connection, clinic: str, found: Agreement | None) -> None:
    """Put it on record, or take it off; the audit has each change."""
    of_clinic = agreement.c.clinic == clinic
    before = connection.execute(select(agreement).where(of_clinic)).one_or_none()
    if found is None:
        connection.execute(delete(agreement).where(of_clinic))
        if before:
            note(connection, "agreement withdrawn", clinic=clinic)
        return
    values = {"with_whom": found.with_whom, "signed": found.signed}
    if before and (before.with_whom, before.signed) == tuple(values.values()):
        return
    row = insert(agreement).values(clinic=clinic, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["clinic"], set_=values))
    detail = {"with": found.with_whom, "signed": found.signed.isoformat()}
    note(connection, "agreement recorded", clinic=clinic, detail=detail)


def first_name(keys: KeyRing, envelope: Envelope) -> str:
    """What leads sealed into the event of a lead; "" where there is none or it does not open."""
    if not envelope.sealed:
        return ""
    try:
        sealed: Mapping[str, Any] = open_part(keys, envelope)
    except (Unsealable, ValueError):
        return ""  # the alert goes out all the same, as it does without an agreement
    return str(sealed.get("first_name", ""))
