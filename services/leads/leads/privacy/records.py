"""That somebody was erased, as a line to keep outside the database: it holds no plain word.

    envista 4f0c…e1 2026-11-25T10:00:00.000000+00:00

The middle is a keyed hash: without `leads_hash_key` nobody can say whose it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

NOBODYS = "-"  # texts of which nobody knows the clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`clinic`: a slug, or ""."""

    clinic: str
    mark: bytes
    at: datetime


class NotARecord(ValueError):  # noqa: N818 - what the line is
    """The message names the line by its number alone."""


def record(clinic: str, mark: bytes, at: datetime) -> str:
    return f"{clinic or NOBODYS} {mark.hex()} {at.astimezone(UTC).isoformat()}"


def read_records(text: str) -> Iterator[Record]:
    """Empty lines and those that begin with # are passed over.  Raises NotARecord."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            clinic, mark, at = line.split()
            yield Record(
                clinic="" if clinic == NOBODYS else clinic,
                mark=bytes.fromhex(mark),
                at=datetime.fromisoformat(at).astimezone(UTC),
            )
        except ValueError:
            raise NotARecord(f"line {number} is no record of an erasure") from None
