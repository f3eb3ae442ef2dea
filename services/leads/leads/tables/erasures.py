"""What is left of requests that are erased, and of the wish to be erased.

`erased_lead`: a row without a person, so that a request that is sent
again by a browser or a program does not come back, and late news about it harm nothing.
`erasure`: that somebody was erased and when, as a keyed hash: replayed after a restore.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
)

from leads.tables.schema import metadata

erased_lead = Table(
    "erased_lead",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("location", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("contacted_at", DateTime(timezone=True)),
    Column("contact_minutes", Double),
    Column("contact_late", Boolean),
    Column("article", Text, nullable=False),  # the page that led to the form, for reports
    Column("fingerprint", LargeBinary),  # until the same words are a new request
    Column("n", Integer, nullable=False),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("why", Text, nullable=False),
    # the relay has taken its addresses out of the outbox
    Column("swept", Boolean, nullable=False, server_default="false"),
    CheckConstraint("why IN ('person', 'age')", name="erased_why"),
)

erasure = Table(
    "erasure",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("mark", LargeBinary, primary_key=True),  # leads.privacy.person
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# set by hand and released by hand: neither age nor a wish erases the request meanwhile
legal_hold = Table(
    "legal_hold",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("lead_id", Uuid, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("staff_id", Uuid, ForeignKey("staff.id")),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ForeignKeyConstraint(["clinic", "lead_id"], ["lead.clinic", "lead.id"], name="legal_hold_lead"),
)
