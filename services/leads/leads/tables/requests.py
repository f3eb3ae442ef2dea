"""What patients send, what becomes of it, and under what it is found."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from leads.tables.schema import metadata

lead = Table(
    "lead",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("clinic", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # the same content again: (clinic, fingerprint) with a rising n
    Column("fingerprint", LargeBinary, nullable=False),
    Column("hash_key", Text, nullable=False),  # the id of its key, and of the lead's search marks
    Column("n", Integer, nullable=False),
    Column("submission_id", Text),
    Column("linked_to", Uuid),
    Column("again", Boolean, nullable=False),
    Column("demo", Boolean, nullable=False, server_default="false"),  # made up (leads.demo)
    Column("handled_at", DateTime(timezone=True)),
    # where it stands on the desk (leads.desk.moves); `holder`: who calls or called
    Column("state", Text, nullable=False, server_default="new"),
    Column("holder", Uuid, ForeignKey("staff.id")),
    Column("answered_by", Text),  # a contact who took it by the link of an alert
    Column("outcome", Text),
    Column("changed_at", DateTime(timezone=True)),
    Column("follow_up_at", DateTime(timezone=True)),  # when to call again
    Column("booked_for", DateTime(timezone=True)),
    # the first call, message or booking, in open minutes as they were counted then
    Column("contacted_at", DateTime(timezone=True)),
    Column("contact_minutes", Double),
    Column("contact_late", Boolean),
    Column("language", Text, nullable=False),
    Column("form_version", Text, nullable=False),
    Column("attribution", JSONB, nullable=False),
    # the page that led here, for reports
    Column("article", Text, Computed("left(coalesce(attribution ->> 'path', ''), 200)")),
    Column("suspicions", JSONB, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("contact_sealed", LargeBinary, nullable=False),
    Column("words_sealed", LargeBinary, nullable=False),
    UniqueConstraint("clinic", "id", name="lead_clinic_id"),
    UniqueConstraint("clinic", "fingerprint", "n", name="lead_once"),
    UniqueConstraint("clinic", "reference", name="lead_reference"),
    CheckConstraint(
        "(contacted_at IS NULL) = (contact_minutes IS NULL)"
        " AND (contacted_at IS NULL) = (contact_late IS NULL)",
        name="lead_contact",
    ),
    CheckConstraint("kind IN ('contact', 'appointment')", name="lead_kind"),
    ForeignKeyConstraint(
        ["clinic", "linked_to"], ["lead.clinic", "lead.id"], name="lead_linked_in_clinic"
    ),
)

# a view: the clinics that have leads, also those that are in no clinic file any more
lead_clinic = Table("lead_clinic", MetaData(), Column("clinic", Text))

consent = Table(
    "consent",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("lead_id", Uuid, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("wording", Text, nullable=False),  # the version of the form that showed the words
    Column("given_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ForeignKeyConstraint(["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="consent_lead"),
    CheckConstraint("what IN ('text', 'voicemail', 'email')", name="consent_what"),
)

# when an address (as a keyed hash) was last sent a confirmation
confirmation = Table(
    "confirmation",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("mark", LargeBinary, primary_key=True),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

lead_event = Table(
    "lead_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("clinic", Text, nullable=False),
    Column("lead_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("note_sealed", LargeBinary),  # what a member of staff wrote
    ForeignKeyConstraint(["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="event_lead"),
)

# what somebody texted to a number of ours who is no contact of the clinic's (leads.replies)
reply = Table(
    "reply",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("clinic", Text, nullable=False),  # "": nobody knows which
    Column("lead_id", Uuid),  # the lead that it belongs to, if the number is a lead's
    Column("what", Text, nullable=False),  # text, stop, start
    Column("at", DateTime(timezone=True), nullable=False),
    Column("hash_key", Text, nullable=False),  # the id of the key of `sender`
    # seen to at the desk although it belongs to no lead (leads.desk.texts)
    Column("done_at", DateTime(timezone=True)),
    Column("done_by", Uuid, ForeignKey("staff.id")),
    Column("sender", LargeBinary),  # under what it is found (leads.privacy); NULL: an older row
    Column("words_sealed", LargeBinary, nullable=False),
    ForeignKeyConstraint(["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="reply_lead"),
)

# references that patients were told and that are not the lead's own (leads.drain)
lead_alias = Table(
    "lead_alias",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("lead_id", Uuid, primary_key=True),
    ForeignKeyConstraint(["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="alias_lead"),
)

# possible spam that nobody is told of yet (leads.holds); `event`: what the alert waits for
lead_hold = Table(
    "lead_hold",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("lead_id", Uuid, primary_key=True),
    Column("release_at", DateTime(timezone=True)),  # NULL: called spam, so only a person lets it go
    Column("event", JSONB, nullable=False),
    Column("confirm_sealed", LargeBinary),  # whom to send a confirmation then (leads.confirm)
    ForeignKeyConstraint(["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="hold_lead"),
)

# under what a lead is found (leads.search)
lead_search = Table(
    "lead_search",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("mark", LargeBinary, primary_key=True),
    Column("received_at", DateTime(timezone=True), primary_key=True),  # of the lead
    Column("lead_id", Uuid, primary_key=True),
    ForeignKeyConstraint(["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="search_lead"),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("clinic", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("hash_key", Text, nullable=False),
    Column("origins", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("revoked_at", DateTime(timezone=True)),
)

# what an Idempotency-Key was used for (leads.idempotency)
api_request = Table(
    "api_request",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("key_hash", LargeBinary, primary_key=True),
    Column("hash_key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("lead_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ForeignKeyConstraint(
        ["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="api_request_lead"
    ),
)
