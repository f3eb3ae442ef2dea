"""What was tried, what providers said, and what nothing is sent to."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
)

from notify.tables.alerts import alert, message
from notify.tables.contacts import contact
from notify.tables.schema import METADATA

attempt = Table(  # written before the provider is called
    "attempt",
    METADATA,
    Column("message_id", Uuid, ForeignKey(message.c.id), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

outcome = Table(  # what is known of an attempt; a row that is not there: nobody knows
    "outcome",
    METADATA,
    Column("message_id", Uuid, primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("what", Text, nullable=False),
    Column("provider_ref", Text),
    Column("reason", Text, nullable=False, server_default=""),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

receipt = Table(  # what a provider reported later, also of what we do not know yet
    "receipt",
    METADATA,
    Column("ref", Text, primary_key=True),  # the provider's name for the message
    Column("said", Text, primary_key=True),  # its own word
    Column("provider", Text, nullable=False),
    Column("state", Text, nullable=False),  # accepted, sent, delivered, failed
    Column("final", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

inbound = Table(  # a text that came in, and what was said back; not what it said
    "inbound",
    METADATA,
    Column("ref", Text, primary_key=True),  # the provider's name for it
    Column("provider", Text, nullable=False),
    Column("what", Text, nullable=False),  # stop, start, help, contact, patient
    Column("contact_id", BigInteger, ForeignKey(contact.c.id)),
    Column("answer", Text),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

suppression = Table(  # addresses that nothing is sent to (notify.suppression)
    "suppression",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("address_hash", LargeBinary, primary_key=True),
    Column("source", Text, nullable=False),  # text, provider
    Column("since", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

captured = Table(
    "captured",
    METADATA,
    Column("message_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("leads", ARRAY(Text), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

breaker = Table(  # providers that did not take a message lately (notify.breaker)
    "breaker",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("open_until", DateTime(timezone=True)),  # None: it has not failed often enough
    Column("reason", Text, nullable=False),  # of the last failure, in words
)

texts_sent = Table(  # of each clinic and day (UTC): what the limit is held against
    "texts_sent",
    METADATA,
    Column("clinic", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("count", Integer, nullable=False),
)

heartbeat = Table(
    "heartbeat",
    METADATA,
    Column("process", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)

synthetic_check = Table(  # a test request of the group's own (notify.tested)
    "synthetic_check",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("clinic", Text, nullable=False),  # whose form it was sent by
    Column("location", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("told_at", DateTime(timezone=True)),  # its alert has arrived
    Column("failed", Text),  # where it stopped, in words
    Column("ping", Text),  # why the operator's heartbeat address did not take it; "": it did
)

restored = Table(  # each restore of this database: what was sent after `made_at` is not known here
    "restored",
    METADATA,
    Column("at", DateTime(timezone=True), primary_key=True, server_default=func.now()),
    Column("made_at", DateTime(timezone=True), nullable=False),
)

released = Table(  # from before a restore, and a person said that it may go out (notify.held)
    "released",
    METADATA,
    Column("alert_id", Uuid, ForeignKey(alert.c.id), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
