"""The leads database.  What a patient typed is sealed from the first row on.

`lead_event` is append-only: the application's role may insert and read there, no more.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
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
from sqlalchemy.dialects.postgresql import JSONB

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
    Column("handled_at", DateTime(timezone=True)),
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
    CheckConstraint("kind IN ('contact', 'appointment')", name="lead_kind"),
    ForeignKeyConstraint(
        ["clinic", "linked_to"], ["lead.clinic", "lead.id"], name="lead_linked_in_clinic"
    ),
)

consent = Table(
    "consent",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("lead_id", Uuid, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("wording", Text, nullable=False),  # the version of the form that showed the words
    Column("given_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ForeignKeyConstraint(["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="consent_lead"),
    CheckConstraint("what IN ('text', 'voicemail')", name="consent_what"),
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
    ForeignKeyConstraint(["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="event_lead"),
)

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
