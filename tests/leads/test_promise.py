"""What is promised after sending."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from contract.directory import Closure, Span
from leads.promise import promise
from plumbing.words import words_of
from tests.builders import a_location

ZONE = ZoneInfo("America/Los_Angeles")
NOT_BOOKED = "This is a request, not a booked appointment."
ENGLISH, SPANISH = words_of("leads", "en"), words_of("leads", "es")
EIGHT_TO_FIVE = (Span(opens=time(8), closes=time(17)),)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)  # 23 November 2026 is a Monday


@pytest.mark.parametrize(
    ("received", "words"),
    [
        (at(23, 10, 15), "We will call you by 11:15 am."),
        (at(23, 16, 30), "We will call you by 9:30 am Tuesday."),
        (at(27, 16, 30), "We will call you by 9:30 am Monday."),
        (
            at(22, 23, 4),
            "It is 11:04 pm and we are closed. We open Monday 9:00 am and will call by 10:00 am.",
        ),
        (
            at(23, 6, 0),
            "It is 6:00 am and we are closed. We open today 9:00 am and will call by 10:00 am.",
        ),
    ],
)
def test_the_promise_counts_in_open_hours(received: datetime, words: str) -> None:
    assert promise(ENGLISH, a_location(), received, "phone") == f"{words} {NOT_BOOKED}"


@pytest.mark.parametrize(
    ("received", "words"),
    [
        (at(23, 10, 15), "Le llamaremos a más tardar a las 11:15 a. m."),
        (at(23, 12, 15), "Le llamaremos a más tardar a la 1:15 p. m."),
        (at(23, 16, 30), "Le llamaremos a más tardar a las 9:30 a. m. del martes."),
        (
            at(22, 23, 4),
            (
                "En este momento, a las 11:04 p. m., estamos cerrados. Abrimos el lunes a las 9:00"
                " a. m. y le llamaremos a más tardar a las 10:00 a. m."
            ),
        ),
    ],
)
def test_the_promise_is_made_in_spanish_too(received: datetime, words: str) -> None:
    made = promise(SPANISH, a_location(), received, "phone")
    assert made == f"{words} Esto es una solicitud, no una cita confirmada."


def test_nothing_is_promised_without_hours() -> None:
    location = a_location(hours=((),) * 7)
    assert promise(ENGLISH, location, at(23, 10), "email") == (
        f"Bakersfield will email you. {NOT_BOOKED}"
    )


def test_a_closure_moves_the_promise_to_the_next_open_day() -> None:
    thanksgiving = Closure(first=date(2026, 11, 26), last=date(2026, 11, 27), reason="")
    location = a_location(closures=(thanksgiving,))
    assert promise(ENGLISH, location, at(25, 18), "text") == (
        "It is 6:00 pm and we are closed. We open Monday 9:00 am and will text you by 10:00 am."
        f" {NOT_BOOKED}"
    )


def test_a_long_closure_names_the_date() -> None:
    away = Closure(first=date(2026, 11, 23), last=date(2026, 12, 4), reason="Moving")
    assert promise(ENGLISH, a_location(closures=(away,)), at(23, 10), "phone") == (
        "It is 10:00 am and we are closed. We open Monday, December 7, 9:00 am and will call by"
        f" 10:00 am. {NOT_BOOKED}"
    )


@pytest.mark.parametrize(
    ("received", "words"),
    [
        # clocks go back on Sunday, November 1, 2026, and forward on Sunday, March 8
        (at(31, 23, month=10), "We open Sunday"),
        (at(1, 1, 30), "We open today"),
        (at(8, 1, 59, month=3), "We open today"),
        (at(7, 23, month=3), "We open Sunday"),
    ],
)
def test_a_night_in_which_clocks_change_opens_at_the_same_wall_time(
    received: datetime, words: str
) -> None:
    location = a_location(hours=(EIGHT_TO_FIVE,) * 7)
    made = promise(ENGLISH, location, received, "phone")
    assert "8:00 am and will call by 9:00 am" in made
    assert words in made


def test_open_minutes_across_the_skipped_hour_are_real_minutes() -> None:
    """Open all night: 45 minutes from 1:30 am end at 3:15 am on the night that skips 2 am."""
    night = (Span(opens=time(0), closes=time(23, 59)),)
    location = a_location(hours=(night,) * 7, reply_minutes=45)
    made = promise(ENGLISH, location, at(8, 1, 30, month=3), "phone")
    assert made.startswith("We will call you by 3:15 am.")


def test_a_clinic_whose_zone_never_changes_is_told_its_own_time() -> None:
    """A patient in New York writes to Phoenix at noon Eastern: it is 10 am there in winter."""
    phoenix = a_location(zone="America/Phoenix")
    noon = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("America/New_York"))
    assert promise(ENGLISH, phoenix, noon, "phone").startswith("We will call you by 11:00 am.")
