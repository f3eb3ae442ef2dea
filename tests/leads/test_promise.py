"""What is promised after sending."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from leads.promise import promise
from tests.builders import a_location

ZONE = ZoneInfo("America/Los_Angeles")
NOT_BOOKED = "This is a request, not a booked appointment."


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)  # 23 November 2026 is a Monday


@pytest.mark.parametrize(
    ("received", "words"),
    [
        (at(23, 10, 15), "We will call you by 11:15 am."),
        (at(23, 16, 30), "We will call you by 9:30 am tomorrow."),
        (at(27, 16, 30), "We will call you by 9:30 am Monday."),
        (
            at(22, 23, 4),
            (
                "It is 11:04 pm and we are closed. We open tomorrow at 9:00 am and will "
                "call you by 10:00 am."
            ),
        ),
        (
            at(23, 6, 0),
            (
                "It is 6:00 am and we are closed. We open today at 9:00 am and will "
                "call you by 10:00 am."
            ),
        ),
    ],
)
def test_the_promise_counts_in_open_hours(received: datetime, words: str) -> None:
    assert promise(a_location(), received, "phone") == f"{words} {NOT_BOOKED}"


def test_nothing_is_promised_without_hours() -> None:
    location = a_location(hours=((),) * 7)
    assert promise(location, at(23, 10), "email") == f"Bakersfield will email you. {NOT_BOOKED}"
