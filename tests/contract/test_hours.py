"""Opening hours against a minute-by-minute count, over clock changes and closures."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.directory import Closure, Location, Span
from contract.hours import add_open_minutes, is_open, next_opening, open_minutes
from tests.builders import a_location

ZONES = ("America/Los_Angeles", "America/Phoenix", "America/New_York")


def open_by_the_wall(location: Location, at: datetime) -> bool:
    """The slow way: look at the wall clock and read the sign on the door."""
    wall = at.astimezone(ZoneInfo(location.zone))
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        if any(closure.first <= day <= closure.last for closure in location.closures):
            continue
        for span in location.hours[day.weekday()]:
            overnight = span.closes <= span.opens
            if back == 0 and span.opens <= wall.time() and (overnight or wall.time() < span.closes):
                return True
            if back == 1 and overnight and wall.time() < span.closes:
                return True
    return False


# Spans start and end outside 01:00-03:00: on the two nights a year when the clock changes, what
# "01:30" on the door means is not defined.
quarters = st.sampled_from([time(h, m) for h in (0, *range(4, 24)) for m in (0, 15, 30, 45)])
spans = st.builds(lambda a, b: Span(opens=a, closes=b), quarters, quarters)
days = st.lists(spans, max_size=2).map(tuple)
closures = st.builds(
    lambda day, length: Closure(first=day, last=day + timedelta(days=length), reason="Holiday"),
    st.dates(date(2027, 3, 10), date(2027, 3, 20)),
    st.integers(0, 2),
)
locations = st.builds(
    lambda zone, hours, closed: a_location(zone=zone, hours=hours, closures=closed),
    st.sampled_from(ZONES),
    st.tuples(*[days] * 7),
    st.lists(closures, max_size=1).map(tuple),
)
# around the change to daylight saving time on 14 March 2027 and back on 7 November 2027
moments = st.one_of(
    st.integers(0, 7 * 24 * 60).map(
        lambda m: datetime(2027, 3, 11, tzinfo=UTC) + timedelta(minutes=m)
    ),
    st.integers(0, 7 * 24 * 60).map(
        lambda m: datetime(2027, 11, 4, tzinfo=UTC) + timedelta(minutes=m)
    ),
)


@settings(max_examples=60, deadline=None)
@given(locations, moments, st.integers(1, 36 * 60))
def test_open_minutes_equal_a_count_minute_by_minute(
    location: Location, start: datetime, minutes: int
) -> None:
    end = start + timedelta(minutes=minutes)
    counted = sum(open_by_the_wall(location, start + timedelta(minutes=m)) for m in range(minutes))
    assert open_minutes(location, start, end) == counted


@settings(max_examples=60, deadline=None)
@given(locations, moments)
def test_a_location_is_open_when_the_door_says_so(location: Location, at: datetime) -> None:
    assert is_open(location, at) == open_by_the_wall(location, at)


@settings(max_examples=60, deadline=None)
@given(locations, moments, st.integers(1, 600))
def test_adding_open_minutes_is_the_inverse_of_counting_them(
    location: Location, at: datetime, minutes: int
) -> None:
    due = add_open_minutes(location, at, minutes)
    if due is not None:
        assert open_minutes(location, at, due) == minutes
        assert due == at or is_open(location, due - timedelta(seconds=1))


def test_a_location_without_hours_never_opens() -> None:
    location = a_location(hours=((),) * 7)
    assert next_opening(location, datetime(2027, 1, 4, tzinfo=UTC)) is None
    assert add_open_minutes(location, datetime(2027, 1, 4, tzinfo=UTC), 1) is None


def test_next_opening_skips_a_weekend_and_a_closure() -> None:
    monday = date(2027, 1, 4)
    location = a_location(closures=(Closure(first=monday, last=monday, reason="Stocktaking"),))
    friday_night = datetime(2027, 1, 1, 23, 4, tzinfo=ZoneInfo("America/Los_Angeles"))
    opening = next_opening(location, friday_night)
    assert opening == datetime(2027, 1, 5, 9, tzinfo=ZoneInfo("America/Los_Angeles"))


def test_a_wall_time_that_the_clock_change_skips_is_the_moment_of_the_change() -> None:
    early = (Span(opens=time(2, 30), closes=time(11)),)
    place = a_location(hours=(early,) * 7)
    change = datetime(2027, 3, 14, 10, tzinfo=UTC)  # 2:00 becomes 3:00
    assert not is_open(place, change - timedelta(minutes=1))
    assert next_opening(place, change - timedelta(hours=5)) == change
