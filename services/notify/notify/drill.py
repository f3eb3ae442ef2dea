"""Tell the contacts of a location that this is a test, on the way that alerts take."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, select

from notify import messages
from notify.messages import ACCEPTED, FAILED
from notify.records import note
from notify.roster import Recipient, recipients
from notify.tables import message
from notify.wording import word_test
from notify.words import Letterhead

LOOK_EVERY_S = 0.3
TEST = "test:"  # what tests are known by (message.dedup_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One test message: to whom and how."""

    id: UUID
    contact: str
    channel: str


def tell_test(
    connection: Connection, *, clinic: str, location: str, name: str, head: Letterhead
) -> list[Sent]:
    """Queue one message for each way to each contact; [] when there is nobody.

    `name`: of the location; `head`: of the letters.
    """
    sent = [
        one
        for person in recipients(connection, clinic, location).recipients
        for one in test_person(connection, person, clinic=clinic, name=name, head=head)
    ]
    detail = {"location": location, "messages": len(sent)}
    note(connection, "test requested", clinic=clinic, detail=detail)
    return sent


def test_person(
    connection: Connection, person: Recipient, *, clinic: str, name: str, head: Letterhead
) -> list[Sent]:
    """Queue one message for each way to this contact.  `name`: of the location."""
    sent = []
    for channel, address in person.addresses():
        message_id = uuid4()
        messages.add(
            connection,
            clinic=clinic,
            step=None,
            contact_id=person.id,
            channel=channel,
            address=address,
            kind="staff",
            worded=word_test(channel, name, head),
            key=(message_id, f"{TEST}{message_id}"),
        )
        sent.append(Sent(id=message_id, contact=person.key, channel=channel))
    return sent


def results(engine: Engine, sent: Sequence[Sent], *, seconds: float) -> dict[UUID, str]:
    """Message id -> state, as soon as all are settled, else after `seconds`."""
    ids = [one.id for one in sent]
    deadline = time.monotonic() + seconds
    while True:
        with engine.begin() as connection:
            rows = connection.execute(
                select(message.c.id, message.c.state).where(message.c.id.in_(ids))
            )
            states = {row.id: row.state for row in rows}
        settled = all(state in {ACCEPTED, FAILED} for state in states.values())
        if settled or time.monotonic() > deadline:
            return states
        time.sleep(LOOK_EVERY_S)
