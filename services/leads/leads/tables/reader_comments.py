"""Comments below articles (leads.comments)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from leads.tables.schema import metadata

comment = Table(
    "comment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("clinic", Text, nullable=False),
    Column("article", Text, nullable=False),  # the address of the page below which it was written
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("hash_key", Text, nullable=False),  # the id of the key of both hashes
    Column("writer", LargeBinary),  # under what it is found (leads.privacy); NULL: an older row
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
