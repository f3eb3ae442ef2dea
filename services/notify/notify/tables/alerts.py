"""Alerts: what is done about each, its messages, and how it is answered."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
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
from sqlalchemy.dialects.postgresql import JSONB

from notify.tables.contacts import contact
from notify.tables.schema import METADATA

alert = Table(
    "alert",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("lead_id", Text, nullable=False, unique=True),
    Column("clinic", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("again", Boolean, nullable=False),
    Column("state", Text, nullable=False),  # open, told, failed, taken, settled
    Column("reason", JSONB, nullable=False),  # why these contacts, or why nobody
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("taken_by", Text),  # the name of whoever said "I have it" last
    Column("taken_contact_id", BigInteger, ForeignKey(contact.c.id)),  # None: said on the desk
    Column("taken_at", DateTime(timezone=True)),
    Column("round", Integer, nullable=False, server_default="0"),  # rises with every answer
    Column("pass_from", Integer, nullable=False, server_default="0"),  # steps up to it do not count
    Column("first_place", Integer, nullable=False, server_default="1"),  # of the chain
    Column("speaks", Text, nullable=False, server_default=""),  # language wanted for the call
    Column("location_name", Text, nullable=False, server_default=""),  # as when it was opened
    Column("zone", Text, nullable=False, server_default="UTC"),
    Column("handled_at", DateTime(timezone=True)),  # of the newest word from the desk
    Column("missed_at", DateTime(timezone=True)),  # the chain ended without an answer
    Column("settled_at", DateTime(timezone=True)),
    # of who wrote; "" unless a contact may be told it (notify.agreement)
    Column("first_name", Text, nullable=False, server_default=""),
)

answer_link = Table(  # a contact's own way to say "I have it" to one alert
    "answer_link",
    METADATA,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("alert_id", Uuid, ForeignKey(alert.c.id), nullable=False),
    Column("contact_id", BigInteger, ForeignKey(contact.c.id), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

step = Table(  # what is done about an alert, one after another (notify.steps)
    "step",
    METADATA,
    Column("alert_id", Uuid, ForeignKey(alert.c.id), primary_key=True),
    Column("n", Integer, primary_key=True),
    # alert, text, escalation, reminder, follow_up, missed, notice
    Column("kind", Text, nullable=False, server_default="alert"),
    Column("state", Text, nullable=False),  # due, done, cancelled
    Column("contact_id", BigInteger, ForeignKey(contact.c.id)),  # None: chosen when it is due
    Column("due_at", DateTime(timezone=True)),  # None: not counted yet
    # due when `minutes` open minutes have passed since; None: due by the clock
    Column("counted_from", DateTime(timezone=True)),
    Column("minutes", Integer),
    Column("held", Boolean, nullable=False, server_default="false"),  # told together at opening
    Column("why", JSONB, nullable=False, server_default="[]"),  # sentences: why this contact
    Column("done_at", DateTime(timezone=True)),
)

message = Table(
    "message",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("clinic", Text, nullable=False),
    Column("alert_id", Uuid, ForeignKey(alert.c.id)),  # None: a test, about no lead
    Column("step_n", Integer),
    Column("alert_round", Integer, nullable=False, server_default="0"),  # sent in it alone
    Column("contact_id", BigInteger, ForeignKey(contact.c.id)),  # None: to no contact
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("kind", Text, nullable=False),
    # worded when the row is made: what is sent later, or again, is what was decided then
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("publish_at", DateTime(timezone=True), nullable=False),  # when the sweep looks at it
    Column("publish_tries", Integer, nullable=False, server_default="0"),
    Column("lease_until", DateTime(timezone=True)),
    Column("attempt_no", Integer, nullable=False, server_default="0"),
    Column("provider", Text),  # of the last attempt
    Column("unknown_since", DateTime(timezone=True)),
    Column("dedup_key", Text, nullable=False, unique=True),
    Column("about", Text),  # the reference of a request, in a message to its patient
    Column("about_lead", Text),  # and its id
)

bundled = Table(  # one message about several alerts
    "bundled",
    METADATA,
    Column("message_id", Uuid, ForeignKey(message.c.id), primary_key=True),
    Column("alert_id", Uuid, ForeignKey(alert.c.id), primary_key=True),
    Column("step_n", Integer, nullable=False),
    Column("alert_round", Integer, nullable=False),
    Column("told_alone_at", DateTime(timezone=True)),  # the bundle did not go out
)

reply_number = Table(  # what a contact answers a text by
    "reply_number",
    METADATA,
    Column("alert_id", Uuid, ForeignKey(alert.c.id), primary_key=True),
    Column("contact_id", BigInteger, ForeignKey(contact.c.id), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

audit = Table(
    "audit",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("what", Text, nullable=False),
    Column("clinic", Text, nullable=False),
    Column("alert_id", Uuid),
    Column("message_id", Uuid),
    Column("detail", JSONB, nullable=False),
)

held_lead = Table(  # requests that leads holds as possible spam, or held
    "held_lead",
    METADATA,
    Column("lead_id", Text, primary_key=True),
    Column("clinic", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("state", Text, nullable=False),  # held, released, spam
    Column("at", DateTime(timezone=True), nullable=False),
)

erased_lead = Table(  # requests that leads has erased (notify.erased)
    "erased_lead",
    METADATA,
    Column("lead_id", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
