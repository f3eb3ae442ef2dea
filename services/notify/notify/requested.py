"""Messages that leads asks for: to a patient, or to a member of staff, each sent once.

The address and the few words that fill a letter come sealed.  No letter has a place for what a
patient typed, so none can show it.

UnusableRequest     it cannot be sent as it is: the event stays with leads, and is said to be stuck
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Connection, update

from contract.directory import Directory
from contract.events import MessageRequested
from notify import messages
from notify.paper import KINDS, Slip, worded
from notify.phones import why_not
from notify.providers.accounts import is_address
from notify.records import note
from notify.tables import message
from notify.words import UNBRANDED


class UnusableRequest(ValueError):  # noqa: N818 - what the request is
    """The message says what is wrong without repeating an address."""


def take(
    connection: Connection,
    event: MessageRequested,
    sealed: Mapping[str, Any],
    directory: Directory | None,
) -> UUID:
    """Queue the message; its id, the same however often the same `message_id` is asked for.

    `sealed`: what the envelope's sealed part holds.  Raises UnusableRequest.
    """
    if event.template not in KINDS:
        raise UnusableRequest(f"no template {event.template!r}")
    address = str(sealed.get("to", ""))
    _check(event.channel, address)
    slip = _slip(event, sealed.get("values") or {}, directory)
    try:
        words = worded(slip, event.channel)
    except KeyError as error:
        raise UnusableRequest(f"{event.template}: the value {error} is missing") from None
    message_id = uuid5(NAMESPACE_URL, f"frontdesk:message:{event.message_id}")
    messages.add(
        connection,
        clinic=event.clinic,
        step=None,
        contact_id=None,
        channel=event.channel,
        address=address,
        kind=KINDS[event.template],
        worded=words,
        key=(message_id, f"requested:{event.message_id}"),
        about=slip.values.get("reference"),
    )
    if event.lead_id:
        about = update(message).where(message.c.id == message_id)
        connection.execute(about.values(about_lead=event.lead_id))
    note(
        connection,
        "message requested",
        clinic=event.clinic,
        message_id=message_id,
        detail={"template": event.template, "channel": event.channel, "lead": event.lead_id},
    )
    return message_id


def _slip(event: MessageRequested, values: Mapping[str, Any], directory: Directory | None) -> Slip:
    clinic = directory.clinic(event.clinic) if directory else None
    place = clinic.location(event.location) if clinic else None
    return Slip(
        template=event.template,
        language=event.language,
        clinic=clinic.name if clinic else "",
        location=place.name if place else "",
        phone=place.phone_display if place else clinic.phone_display if clinic else "",
        brand=clinic.brand if clinic else UNBRANDED,
        values={str(name): str(value) for name, value in values.items()},
    )


def _check(channel: str, address: str) -> None:
    if channel == "email":
        if not is_address(address):
            raise UnusableRequest("the e-mail address cannot be used")
    elif channel != "sms":
        raise UnusableRequest(f"no channel {channel!r}")
    elif problem := why_not(address):
        raise UnusableRequest(f"the number {problem}")
