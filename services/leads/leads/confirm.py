"""A short confirmation to a patient who agreed to one: asked of notify with the lead itself.

It goes to an address at most once in 24 hours, however often and with whatever words somebody
writes: else a form would be a way to flood a stranger's phone.  Nothing that was typed is in it.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from contract.directory import Clinic
from contract.events import MESSAGE_REQUESTED, Envelope, MessageRequested
from leads import tables, vault
from leads.contact import can_be_texted
from leads.draft import Draft
from leads.promise import promise
from leads.request import Request
from plumbing import outbox
from plumbing.envelopes import seal_part
from plumbing.sealing import HashKey, KeyRing, Unsealable
from plumbing.words import words_of

logger = logging.getLogger(__name__)

ONCE_IN = timedelta(hours=24)


class Way(NamedTuple):
    """`channel`: notify's word for it; `kept`: the address's name in the contact column."""

    channel: str
    kept: str


WAYS = {"text": Way("sms", "phone"), "email": Way("email", "email")}  # by the clinic's word


def ways(clinic: Clinic, request: Request) -> tuple[str, ...]:
    """What the clinic has switched on, the patient has ticked, and notify can reach."""
    contact = request.contact
    reachable = {
        "text": lambda: bool(contact.phone) and can_be_texted(contact.phone),
        "email": lambda: bool(contact.email) and contact.email.isascii(),
    }
    return tuple(
        way for way in clinic.confirmations if way in request.consents and reachable[way]()
    )


def told(request: Request, received_at: datetime) -> str:
    """The promise, in the patient's language."""
    words = words_of("leads", request.language)
    return promise(words, request.location, received_at, request.contact.reply_by)


def context(clinic: str, lead_id: UUID) -> str:
    """What is kept for a request that is held is bound to this."""
    return f"hold/{clinic}/{lead_id}/confirm"


def marks(key: HashKey, clinic: str, address: str) -> list[bytes]:
    """Under what it is remembered that `address` was sent a confirmation."""
    return [mark for way in WAYS.values() for mark in _marks(key, clinic, way.channel, address)]


class Confirming:
    """Asks for the confirmations of a request that has just been stored, or released."""

    def __init__(self, *, event_keys: KeyRing, seal_keys: KeyRing, hash_key: HashKey) -> None:
        self._event_keys = event_keys
        self._seal_keys = seal_keys
        self._hash_key = hash_key

    def ask(self, connection: Connection, draft: Draft, reference: str) -> None:
        """Within the lead's own transaction.  A request that is held is confirmed by nobody yet."""
        if not draft.confirm_by or draft.release_at is not None:
            return
        told = _Told(
            clinic=draft.clinic,
            location=draft.location,
            lead_id=str(draft.id),
            reference=reference,
            promise=draft.promise,
            language=draft.language,
        )
        for way, address in self._addresses(draft).items():
            self._ask(connection, told, way, address)

    def kept(self, draft: Draft) -> bytes | None:
        """Whom to ask for when a request that is held is released: sealed; None: nobody."""
        if not draft.confirm_by or draft.release_at is None:
            return None
        contact = self._contact(draft)
        kept = {
            "to": self._addresses(draft),
            "reply_by": contact["reply_by"],
            "language": draft.language,
        }
        return self._seal_keys.seal(
            json.dumps(kept).encode(), context=context(draft.clinic, draft.id)
        )

    def ask_released(
        self,
        connection: Connection,
        event: Mapping[str, Any],
        sealed: bytes | None,
        clinic: Clinic | None,
    ) -> None:
        """Within the release's own transaction.  `event`: of the alert that goes out now.

        The promise counts from now: what the thank-you page said may be over.  A clinic that has
        switched confirmations off meanwhile, or is gone, sends none.
        """
        if sealed is None or clinic is None:
            return
        place = context(event["clinic"], UUID(event["lead_id"]))
        try:
            kept = json.loads(self._seal_keys.open(sealed, context=place))
        except Unsealable:  # the alert must go out all the same
            logger.exception("confirmation not readable", extra={"lead_id": event["lead_id"]})
            return
        location = clinic.location(event["location"]) or clinic.locations[0]
        words = words_of("leads", kept["language"])
        told = _Told(
            clinic=clinic.slug,
            location=location.slug,
            lead_id=event["lead_id"],
            reference=event["reference"],
            promise=promise(words, location, datetime.now(UTC), kept["reply_by"]),
            language=kept["language"],
        )
        for way, address in kept["to"].items():
            if way in clinic.confirmations:
                self._ask(connection, told, way, address)

    def _contact(self, draft: Draft) -> dict[str, str]:
        contact: dict[str, str] = vault.open_column(  # type: ignore[assignment]
            self._seal_keys, draft.clinic, draft.id, "contact", draft.contact_sealed
        )
        return contact

    def _addresses(self, draft: Draft) -> dict[str, str]:
        contact = self._contact(draft)
        return {way: contact[WAYS[way].kept] for way in draft.confirm_by}

    def _ask(self, connection: Connection, told: "_Told", way: str, address: str) -> None:
        channel = WAYS[way].channel
        if not self._first_today(connection, told.clinic, channel, address):
            return
        event_id = uuid4()
        event = MessageRequested(
            message_id=f"confirmation/{told.lead_id}/{channel}",
            clinic=told.clinic,
            location=told.location,
            template="confirmation",
            channel=channel,
            language=told.language,
            lead_id=told.lead_id,
        )
        values = {"reference": told.reference, "promise": told.promise}
        envelope = Envelope(
            id=event_id,
            name=MESSAGE_REQUESTED,
            at=datetime.now(UTC),
            data=event.to_json(),
            sealed=seal_part(self._event_keys, event_id, {"to": address, "values": values}),
        )
        outbox.add(connection, tables.outbox, envelope)

    def _first_today(self, connection: Connection, clinic: str, channel: str, address: str) -> bool:
        mark, *older = _marks(self._hash_key, clinic, channel, address)
        table = tables.confirmation
        if older and connection.scalar(
            select(literal(1)).where(
                table.c.clinic == clinic,
                table.c.mark.in_(older),
                table.c.asked_at >= func.now() - ONCE_IN,
            )
        ):
            return False
        row = insert(table).values(clinic=clinic, mark=mark)
        again = row.on_conflict_do_update(
            index_elements=[table.c.clinic, table.c.mark],
            set_={"asked_at": func.now()},
            where=table.c.asked_at < func.now() - ONCE_IN,
        )
        return connection.scalar(again.returning(literal(1))) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a confirmation says, and of which lead."""

    clinic: str
    location: str
    lead_id: str
    reference: str
    promise: str
    language: str


def _marks(key: HashKey, clinic: str, channel: str, address: str) -> list[bytes]:
    """By each key, the current one first."""
    return [each.digest("confirmation", clinic, channel, address.casefold()) for each in key.every]
