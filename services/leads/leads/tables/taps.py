"""Taps on phone numbers (leads.taps): how many, of nobody."""

from sqlalchemy import Column, Date, Integer, Table, Text

from leads.tables.schema import metadata

phone_tap = Table(
    "phone_tap",
    metadata,
    Column("clinic", Text, primary_key=True),
    Column("location", Text, primary_key=True),  # whose number it is, "" for the clinic's own
    Column("day", Date, primary_key=True),  # there
    Column("page", Text, primary_key=True),  # on which it was tapped
    Column("taps", Integer, nullable=False),
)
