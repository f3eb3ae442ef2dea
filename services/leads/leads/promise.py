"""What a patient is told after sending: who will do what by when, in the location's own time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from contract.directory import Location
from contract.hours import add_open_minutes, is_open, next_opening
from plumbing.words import Words, later

WEEK = timedelta(days=7)
NOT_BOOKED = later("This is a request, not a booked appointment.")
# way to reply -> while open, while closed, and where nobody can say when
SENTENCES = {
    "phone": (
        later("We will call you by %(time)s."),
        later("We open %(opens)s and will call by %(time)s."),
        later("%(location)s will call you."),
    ),
    "text": (
        later("We will text you by %(time)s."),
        later("We open %(opens)s and will text you by %(time)s."),
        later("%(location)s will text you."),
    ),
    "email": (
        later("We will email you by %(time)s."),
        later("We open %(opens)s and will email you by %(time)s."),
        later("%(location)s will email you."),
    ),
}


def promise(words: Words, location: Location, received_at: datetime, reply_by: str) -> str:
    """One to three sentences.  Promises a time only from the hours that the clinic gave."""
    while_open, while_closed, without_hours = SENTENCES.get(reply_by, SENTENCES["phone"])
    not_booked = words(NOT_BOOKED)
    zone = ZoneInfo(location.zone)
    received = received_at.astimezone(zone)
    due = add_open_minutes(location, received_at, location.reply_minutes)
    opening = next_opening(location, received_at)
    if due is None or opening is None:
        return f"{words(without_hours, location=location.name)} {not_booked}"
    by = due.astimezone(zone)
    if is_open(location, received_at):
        sentence = _sentence(words(while_open, time=_when(words, by, received.date())))
        return f"{sentence} {not_booked}"
    opens = opening.astimezone(zone)
    closed = words("It is %(time)s and we are closed.", time=words.at(received))
    sentence = _sentence(
        words(
            while_closed,
            opens=_opening(words, opens, received.date()),
            time=_when(words, by, received.date(), told=opens.date()),
        )
    )
    return f"{closed} {sentence} {not_booked}"


def _when(words: Words, moment: datetime, today: date, *, told: date | None = None) -> str:
    """ "10:00 am", with its day unless that is today or was told just before."""
    time = words.at(moment)
    if moment.date() == (told or today):
        return time
    return words("%(time)s %(day)s", time=time, day=_name(words, moment.date(), today))


def _opening(words: Words, moment: datetime, today: date) -> str:
    time = words.at(moment)
    if moment.date() == today:
        return words("today %(time)s", time=time)
    if moment.date() < today + WEEK:
        return words("%(day)s %(time)s", time=time, day=words.weekday(moment))
    return words("%(day)s, %(time)s", time=time, day=words.day(moment))


def _name(words: Words, day: date, today: date) -> str:
    """Within a week its weekday is enough."""
    return words.weekday(day) if day < today + WEEK else words.day(day)


def _sentence(text: str) -> str:
    """The dot of "a. m." is the dot of its sentence too."""
    return text.replace("..", ".")
