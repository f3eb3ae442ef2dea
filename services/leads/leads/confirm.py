"""A short confirmation to a patient who agreed to one: asked of notify with the lead itself.

It goes to an address at most once in 24 hours, however often and with whatever words somebody
writes: else a form would be a way to flood a stranger's phone.  Nothing that was typed is in it.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, func, literal
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
from plumbing.sealing import HashKey, KeyRing
from plumbing.words import words_of

ONCE_IN = timedelta(hours=24)
# the clinic's word for a way -> notify's channel, and where the address is kept
WAYS = {"text": ("sms", "phone"), "email": ("email", "email")}


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


class Confirming:
    """Asks for the confirmations of a draft that has just been stored."""

    def __init__(self, *, event_keys: KeyRing, seal_keys: KeyRing, hash_key: HashKey) -> None:
        self._event_keys = event_keys
        self._seal_keys = seal_keys
        self._hash_key = hash_key

    def ask(self, connection: Connection, draft: Draft, reference: str) -> None:
        """Within the lead's own transaction.  A request that is held is confirmed by nobody."""
        if not draft.confirm_by or draft.release_at is not None:
            return
        contact = vault.open_column(
            self._seal_keys, draft.clinic, draft.id, "contact", draft.contact_sealed
        )
        for way in draft.confirm_by:
            channel, kept = WAYS[way]
            address = str(contact[kept])  # type: ignore[index]
            if self._first_today(connection, draft.clinic, channel, address):
                self._ask(connection, draft, reference, channel, address)

    def _first_today(self, connection: Connection, clinic: str, channel: str, address: str) -> bool:
        mark = self._hash_key.digest("confirmation", clinic, channel, address.casefold())
        table = tables.confirmation
        row = insert(table).values(clinic=clinic, mark=mark)
        again = row.on_conflict_do_update(
            index_elements=[table.c.clinic, table.c.mark],
            set_={"asked_at": func.now()},
            where=table.c.asked_at < func.now() - ONCE_IN,
        )
        return connection.scalar(again.returning(literal(1))) is not None

    def _ask(
        self, connection: Connection, draft: Draft, reference: str, channel: str, address: str
    ) -> None:
        event_id = uuid4()
        event = MessageRequested(
            message_id=f"confirmation/{draft.id}/{channel}",
            clinic=draft.clinic,
            location=draft.location,
            template="confirmation",
            channel=channel,
            language=draft.language,
            lead_id=str(draft.id),
        )
        values = {"reference": reference, "promise": draft.promise}
        envelope = Envelope(
            id=event_id,
            name=MESSAGE_REQUESTED,
            at=datetime.now(UTC),
            data=event.to_json(),
            sealed=seal_part(self._event_keys, event_id, {"to": address, "values": values}),
        )
        outbox.add(connection, tables.outbox, envelope)
