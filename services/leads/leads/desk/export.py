"""Requests as a CSV file (RFC 4180), row by row, however many there are."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from leads import tables
from leads.desk.book import Row
from leads.desk.show import KINDS, OUTCOMES, Glance
from leads.scope import Scope

BATCH = 500  # rows in memory at once
COLUMNS = (
    "reference",
    "received",
    "clinic",
    "location",
    "kind",
    "state",
    "outcome",
    "first contact",
    "open minutes to first contact",
    "name",
    "phone",
    "email",
    "asked for",
    "language",
    "about",
    "relationship",
    "reason",
    "message",
    "page",
    "campaign",
)
# a spreadsheet would run what begins so (OWASP, CSV injection)
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def rows_received(scope: Scope, first: datetime, until: datetime) -> Iterator[Row]:
    """Leads received from `first` to `until`, oldest first, BATCH at a time from the server."""
    lead = tables.lead
    found = scope.connection.execution_options(yield_per=BATCH).execute(
        select(lead)
        .where(scope.own(lead), lead.c.received_at >= first, lead.c.received_at < until)
        .order_by(lead.c.received_at, lead.c.id)
    )
    yield from found.mappings()


def csv_lines(glance: Glance, rows: Iterator[Row]) -> Iterator[bytes]:
    """The file's lines; the first begins with the mark by which spreadsheets know UTF-8."""
    yield "\ufeff".encode() + _line(COLUMNS)
    for row in rows:
        yield _line(_cells(glance, row))


def safe(cell: str) -> str:
    """`cell` as text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell


def _line(cells: tuple[str, ...] | list[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([safe(cell) for cell in cells])
    return buffer.getvalue().encode("utf-8", "replace")


def _cells(glance: Glance, row: Row) -> list[str]:
    clinic, location = glance.where(row)
    zone = location.zone if location else "UTC"
    contact: dict[str, Any] = glance.open(row, "contact") or {}
    words: dict[str, Any] = glance.open(row, "words") or {}
    source = row["attribution"]
    minutes = row["contact_minutes"]
    return [
        row["reference"],
        _local(row["received_at"], zone),
        clinic.name if clinic else row["clinic"],
        location.name if location else row["location"],
        KINDS.get(row["kind"], row["kind"]),
        row["state"],
        OUTCOMES.get(row["outcome"] or "", ""),
        _local(row["contacted_at"], zone),
        "" if minutes is None else f"{minutes:.0f}",
        str(glance.open(row, "name") or ""),
        contact.get("phone", ""),
        contact.get("email", ""),
        contact.get("reply_by", ""),
        words.get("speaks") or row["language"],
        words.get("patient_name", ""),
        words.get("relationship", ""),
        words.get("reason", ""),
        words.get("message", ""),
        source.get("path", ""),
        ", ".join(value for name, value in sorted(source.items()) if name.startswith("utm_")),
    ]


def _local(at: datetime | None, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") if at else ""
