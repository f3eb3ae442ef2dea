"""What the tables of leads belong to, and those that plumbing defines."""

from sqlalchemy import MetaData

from plumbing.fingerprints import fingerprint_table
from plumbing.inbox import inbox_table
from plumbing.outbox import outbox_table

metadata = MetaData()

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
key_fingerprint = fingerprint_table(metadata)
