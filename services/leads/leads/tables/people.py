"""The people of the desk: accounts, sessions, second factors, and who did what."""

from sqlalchemy import (
    BigInteger,
    Column,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from leads.tables.schema import metadata

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
    Column("recovery_key", Text, nullable=False, server_default=""),  # the id of their key
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

# waits until its link is used; only then an account is made or changed (leads.staff.invitations)
invitation = Table(
    "invitation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("email", Text, nullable=False),  # lower case
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("clinics", ARRAY(Text), nullable=False),
    Column("locations", ARRAY(Text), nullable=False),
    Column("invited_by", Uuid, ForeignKey("staff.id"), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
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
