"""What the tables of notify belong to, and those that plumbing defines."""

from sqlalchemy import (
    MetaData,
)

from plumbing.fingerprints import fingerprint_table
from plumbing.inbox import inbox_table
from plumbing.outbox import outbox_table

METADATA = MetaData()

inbox = inbox_table(METADATA)

outbox = outbox_table(METADATA)

key_fingerprint = fingerprint_table(METADATA)
