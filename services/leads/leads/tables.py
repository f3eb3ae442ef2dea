"""The leads database.  What a patient typed is sealed from the first row on.

`lead_event` and `staff_event` are append-only: the application's role may insert and read there,
no more.  Tables with a clinic's rows are reached through leads.scope alone.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
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

from plumbing.fingerprints import fingerprint_table
from plumbing.inbox import inbox_table
from plumbing.outbox import outbox_table

metadata = MetaData()

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
    Column("release_at", DateTime(timezone=True), nullable=False),
    Column("event", JSONB, nullable=False),
    ForeignKeyConstraint(["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="hold_lead"),
)

# under what a lead is found (leads.search)
lead_search = Table(
    "lead_search",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("mark", LargeBinary, primary_key=True),
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
    Column("fingerprint", LargeBinary, nullable=False),
    Column("lead_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ForeignKeyConstraint(
        ["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="api_request_lead"
    ),
)

staff = Table(
    "staff",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),  # lower case
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("clinics", ARRAY(Text), nullable=False),  # slugs; ["*"]: every clinic of the group
    Column("locations", ARRAY(Text), nullable=False, server_default="{}"),  # "clinic/location"
    # a password only together with a second factor (staff_second_factor)
    Column("password_hash", Text),
    Column("totp_sealed", LargeBinary),
    Column("totp_last_step", BigInteger, nullable=False, server_default="0"),
    Column("recovery_hashes", ARRAY(LargeBinary), nullable=False, server_default="{}"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("disabled_at", DateTime(timezone=True)),
    UniqueConstraint("email", name="staff_email"),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=False),
    Column("how", Text, nullable=False),  # password, link, passkey, device
    Column("only_lead", Uuid),  # with device: all that the session opens
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("last_seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    # an operator broke the glass: this clinic's requests can be read until then
    Column("glass_clinic", Text),
    Column("glass_until", DateTime(timezone=True)),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=False),
    Column("totp_sealed", LargeBinary, nullable=False),  # the second factor that it sets up
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

# a phone that opens the lead of an alert with one confirmation (leads.staff.devices)
staff_device = Table(
    "staff_device",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

staff_passkey = Table(
    "staff_passkey",
    metadata,
    Column("credential_id", LargeBinary, primary_key=True),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("last_used_at", DateTime(timezone=True)),
)

passkey_challenge = Table(
    "passkey_challenge",
    metadata,
    Column("challenge", LargeBinary, primary_key=True),
    Column("about", Text, nullable=False),  # a person's id, or "sign in"
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

sign_in_try = Table(
    "sign_in_try",
    metadata,
    Column("key", LargeBinary, primary_key=True),  # keyed hash of account and address
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
)

staff_event = Table(
    "staff_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("staff_id", Uuid),
    Column("clinic", Text),
    Column("lead_id", Uuid),
    Column("what", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
)

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
key_fingerprint = fingerprint_table(metadata)

comment = Table(
    "comment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("clinic", Text, nullable=False),
    Column("article", Text, nullable=False),  # the address of the page below which it was written
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("suspicions", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("decided_at", DateTime(timezone=True)),
    Column("words_sealed", LargeBinary, nullable=False),
    Column("public_name", Text),  # open only once it is approved
    Column("public_text", Text),
    UniqueConstraint("clinic", "fingerprint", name="comment_once"),
    CheckConstraint("state IN ('waiting', 'approved', 'rejected')", name="comment_state"),
    CheckConstraint(
        "(state = 'approved') = (public_name IS NOT NULL AND public_text IS NOT NULL)",
        name="comment_public",
    ),
)

comment_version = Table(
    "comment_version",
    metadata,
    Column("one", Boolean, primary_key=True, server_default="true"),
    Column("version", BigInteger, nullable=False),
)
