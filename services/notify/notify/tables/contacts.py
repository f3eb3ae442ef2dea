"""Who is told, when, and as whom a clinic writes."""

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
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from notify.tables.schema import METADATA

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
    Column("names", Boolean, nullable=False, server_default="false"),  # is told first names
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

new_address = Table(  # counts once its owner has confirmed it (notify.desk.addresses)
    "new_address",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("clinic", Text, nullable=False),
    Column("contact_id", BigInteger, ForeignKey(contact.c.id), nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("message_id", Uuid, nullable=False),  # the one with the link
    Column("asked_by", Text, nullable=False),
    Column("tell", ARRAY(Text), nullable=False),  # who hears of the change when it is confirmed
    Column("desk_path", Text, nullable=False),  # of the settings, for them
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    # waiting, confirmed, replaced, withdrawn
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("settled_at", DateTime(timezone=True)),
)

agreement = Table(  # a clinic's, for first names in messages (notify.agreement)
    "agreement",
    METADATA,
    Column("clinic", Text, primary_key=True),
    Column("with_whom", Text, nullable=False),
    Column("signed", Date, nullable=False),
)
