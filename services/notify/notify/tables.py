"""Every table of notify, as migrations made them.

Rows are the promise; the broker only makes it fast.  `attempt`, `outcome`, `receipt`,
`captured` and `audit` are only ever added to: the app's role may not change or delete in them.
"""

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
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from plumbing.fingerprints import fingerprint_table
from plumbing.inbox import inbox_table
from plumbing.outbox import outbox_table

METADATA = MetaData()

inbox = inbox_table(METADATA)
outbox = outbox_table(METADATA)

contact = Table(
    "contact",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("clinic", Text, nullable=False),
    Column("key", Text, nullable=False),  # its name in the alerts file
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("sms", Text),
    Column("removed_at", DateTime(timezone=True)),
    Column("changed_by", Text, nullable=False, server_default="file"),  # file, desk
    Column("speaks", ARRAY(Text), nullable=False, server_default="{}"),  # BCP 47; {}: not said
    Column("quiet", JSONB, nullable=False, server_default="[]"),  # [["21:00", "07:00"]]: no texts
    # [["2026-12-01", "2026-12-04", "rosa"]]: first and last day, who covers ("": nobody)
    Column("off", JSONB, nullable=False, server_default="[]"),
    Column("helped_at", DateTime(timezone=True)),  # was told how to answer, and has not since
    UniqueConstraint("clinic", "key"),
)

route = Table(  # who is told for a location ("*": any other), in order
    "route",
    METADATA,
    Column("clinic", Text, primary_key=True),
    Column("location", Text, primary_key=True),
    Column("duty", Text, primary_key=True, server_default="tell"),  # tell, on_call
    Column("n", Integer, primary_key=True),
    Column("contact_id", BigInteger, ForeignKey(contact.c.id), nullable=False),
    Column("changed_by", Text, nullable=False, server_default="file"),  # file, desk
)

policy = Table(  # when they are told; the entries are those of `route`
    "policy",
    METADATA,
    Column("clinic", Text, primary_key=True),
    Column("location", Text, primary_key=True),
    Column("after_hours", Text, nullable=False),  # now, hold, email_now, on_call
    Column("next_after", Integer, nullable=False),  # all three in open minutes
    Column("remind_after", Integer, nullable=False),
    Column("call_again_after", Integer, nullable=False),
    Column("changed_by", Text, nullable=False, server_default="file"),  # file, desk
)

sender = Table(  # as whom a clinic's messages go out; no row: as the provider's account does
    "sender",
    METADATA,
    Column("clinic", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("reply_to", Text, nullable=False),
    Column("sms_from", Text, nullable=False),
)

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

held_lead = Table(  # requests that leads holds as possible spam, or held
    "held_lead",
    METADATA,
    Column("lead_id", Text, primary_key=True),
    Column("clinic", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("state", Text, nullable=False),  # held, released, spam
    Column("at", DateTime(timezone=True), nullable=False),
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

key_fingerprint = fingerprint_table(METADATA)
