"""How long a patient waited, in the open minutes of the location that was asked."""

from datetime import datetime

from contract.directory import Location
from contract.hours import add_open_minutes, open_minutes

MINUTE = 60  # seconds


def minutes_waited(location: Location | None, start: datetime, end: datetime) -> float:
    """Open minutes; of a location that is gone from the directory, all minutes."""
    return (
        open_minutes(location, start, end) if location else (end - start).total_seconds() / MINUTE
    )


def promise_passed(location: Location | None, received_at: datetime, now: datetime) -> bool:
    """Should somebody have called by now?"""
    if location is None:
        return False
    by = add_open_minutes(location, received_at, location.reply_minutes)
    return by is not None and by < now


def first_contact(
    location: Location | None, received_at: datetime, at: datetime
) -> dict[str, object]:
    """The columns of a lead from which reports tell how soon it was called, written to or booked.

    As they are counted at that moment: hours that change later change no report.
    """
    return {
        "contacted_at": at,
        "contact_minutes": minutes_waited(location, received_at, at),
        "contact_late": promise_passed(location, received_at, at),
    }
