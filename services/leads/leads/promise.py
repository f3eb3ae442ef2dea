"""What a patient is told after sending: who will do what by when, in the location's own time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from contract.directory import Location
from contract.hours import add_open_minutes, is_open, next_opening

VERBS = {"phone": "call you", "text": "text you", "email": "email you"}
NOT_BOOKED = "This is a request, not a booked appointment."


def promise(location: Location, received_at: datetime, reply_by: str) -> str:
    """One to three sentences.  Promises a time only from the hours that the clinic gave."""
    verb = VERBS.get(reply_by, "call you")
    zone = ZoneInfo(location.zone)
    received = received_at.astimezone(zone)
    due = add_open_minutes(location, received_at, location.reply_minutes)
    opening = next_opening(location, received_at)
    if due is None or opening is None:
        return f"{location.name} will {verb}. {NOT_BOOKED}"
    by = _clock(due.astimezone(zone))
    if is_open(location, received_at):
        day = _day(due.astimezone(zone).date(), received.date())
        return f"We will {verb} by {by}{day and f' {day}'}. {NOT_BOOKED}"
    opens = opening.astimezone(zone)
    day = _day(opens.date(), received.date()) or "today"
    late = _day(due.astimezone(zone).date(), opens.date())
    return (
        f"It is {_clock(received)} and we are closed. We open {day} at {_clock(opens)} and will "
        f"{verb} by {by}{late and f' {late}'}. {NOT_BOOKED}"
    )


def _clock(moment: datetime) -> str:
    hour = moment.hour % 12 or 12
    return f"{hour}:{moment:%M} {'am' if moment.hour < 12 else 'pm'}"  # noqa: PLR2004 - noon


def _day(day: date, today: date) -> str:
    """ "" for today, else the day as it is spoken of."""
    if day == today:
        return ""
    if day == today + timedelta(days=1):
        return "tomorrow"
    if day < today + timedelta(days=7):
        return f"{day:%A}"
    return f"{day:%A, %B} {day.day}"
