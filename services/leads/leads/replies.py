"""What a patient texts: kept sealed, with the lead that it belongs to.

The number decides: the newest open lead with this phone, at the clinic whose number was written
to, or at any where several clinics share one.  What belongs to no lead is kept for the desk.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from contract.events import SYNTHETIC, Envelope, PatientReplied
from leads import search, store, tables, vault
from leads.scope import narrow
from plumbing.envelopes import open_part
from plumbing.sealing import HashKey, KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What reading and keeping a text takes."""

    event_keys: KeyRing
    seal_keys: KeyRing
    hash_key: HashKey
    clinics: Callable[[Connection], Sequence[str]]  # slugs of all that may be meant


def clinics_with_leads(connection: Connection) -> Sequence[str]:
    """For the jobs' role, which sees those of every clinic."""
    clinic = tables.lead.c.clinic
    return connection.scalars(select(clinic).where(clinic != SYNTHETIC).distinct()).all()


def patient_replied(connection: Connection, envelope: Envelope, keeping: Keeping) -> None:
    """Raises plumbing.sealing.Unsealable: the event stays with notify."""
    said = PatientReplied.from_json(envelope.data)
    plain = open_part(keeping.event_keys, envelope)
    clinics = [said.clinic] if said.clinic else keeping.clinics(connection)
    found = _open_lead(connection, keeping.hash_key, clinics, str(plain["from"]))
    clinic, lead_id = found or (clinics[0] if len(clinics) == 1 else "", None)
    narrow(connection, [clinic])
    connection.execute(
        tables.reply.insert().values(
            id=envelope.id,
            clinic=clinic,
            lead_id=lead_id,
            what=said.what,
            at=datetime.fromisoformat(said.at),
            sender=sender(keeping.hash_key, clinic, str(plain["from"])),
            hash_key=keeping.hash_key.key_id,
            words_sealed=seal_reply(keeping.seal_keys, clinic, envelope.id, plain),
        )
    )
    if lead_id is not None:
        store.add_event(
            connection,
            clinic=clinic,
            lead_id=lead_id,
            actor="patient",
            what=f"patient sent {said.what}",
            detail={"reply": str(envelope.id)},
            note_sealed=vault.seal_note(keeping.seal_keys, clinic, lead_id, str(plain["text"])),
        )


def seal_reply(keys: KeyRing, clinic: str, reply_id: UUID, plain: Mapping[str, object]) -> bytes:
    """`plain`: `from` (E.164) and `text`."""
    words = json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return keys.seal(words, context=context(clinic, reply_id))


def open_reply(keys: KeyRing, clinic: str, reply_id: UUID, sealed: bytes) -> dict[str, str]:
    """`from` (E.164) and `text`.  Raises plumbing.sealing.Unsealable."""
    plain = keys.open(sealed, context=context(clinic, reply_id))
    values: dict[str, str] = json.loads(plain.decode("utf-8", "surrogatepass"))
    return values


def _open_lead(
    connection: Connection, key: HashKey, clinics: Sequence[str], number: str
) -> tuple[str, UUID] | None:
    """Clinic and id of the newest lead with this phone that nobody is done with."""
    narrow(connection, clinics)
    lead, found = tables.lead.c, tables.lead_search.c
    phone = search.wanted(number)
    marks = [
        search.mark(each, clinic, *one) for clinic in clinics for each in key.every for one in phone
    ]
    row = connection.execute(
        select(lead.clinic, lead.id)
        .join(
            tables.lead_search,
            (found.clinic == lead.clinic) & (found.lead_id == lead.id) & found.mark.in_(marks),
        )
        .where(lead.state != "done")
        .order_by(lead.received_at.desc())
        .limit(1)
    ).one_or_none()
    return (row.clinic, row.id) if row else None


def sender(key: HashKey, clinic: str, number: str) -> bytes:
    """Under what texts from the same number are found."""
    return search.mark(key, clinic, "phone", number)


def context(clinic: str, reply_id: UUID) -> str:
    return f"reply/{clinic}/{reply_id}"
