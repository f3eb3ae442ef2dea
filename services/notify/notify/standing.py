"""How an alert stands, in the words of the page that its link opens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from contract.directory import Directory, Location
from contract.hours import add_open_minutes, next_opening, open_minutes
from notify import words
from notify.links import Link
from notify.states import SETTLED, TAKEN

HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that the page shows.  `holder`: "" free, "you", or a name."""

    what: str  # "Appointment request"
    again: bool
    clinic: str
    location: str
    reference: str
    received: str
    waiting: str
    promised: str  # "" when nothing is known of the location
    late: bool
    me: str  # who answers by this link
    holder: str
    since: str
    settled: bool


def standing(link: Link, directory: Directory | None) -> Standing:
    about = words.facts(
        directory,
        clinic=link.clinic,
        location=link.location,
        kind=link.kind,
        reference=link.reference,
        received_at=link.received_at,
        again=link.again,
    )
    clinic = directory.clinic(link.clinic) if directory else None
    place = clinic.location(link.location) if clinic else None
    promised_at = add_open_minutes(place, link.received_at, place.reply_minutes) if place else None
    return Standing(
        what=about.what[0].upper() + about.what[1:],
        again=about.again,
        clinic=about.clinic,
        location=about.location,
        reference=about.reference,
        received=_at(link.received_at, about.zone, link.now),
        waiting=_waiting(link, place),
        promised=_at(promised_at, about.zone, link.now) if promised_at else "",
        late=promised_at is not None and link.now > promised_at,
        me=link.contact,
        holder=_holder(link),
        since=_at(link.taken_at, about.zone, link.now) if link.taken_at else "",
        settled=link.state == SETTLED,
    )


def _holder(link: Link) -> str:
    if link.state != TAKEN:
        return ""
    if link.taken_contact_id == link.contact_id:
        return "you"
    return link.taken_by or "Somebody at the clinic"


def _waiting(link: Link, place: Location | None) -> str:
    """In open minutes of the location; without one in minutes of the clock."""
    if place is None:
        return _minutes((link.now - link.received_at).total_seconds() / 60)
    minutes = open_minutes(place, link.received_at, link.now)
    opens = next_opening(place, link.now)
    if minutes < 1 and opens is not None and opens > link.now:
        return f"closed until {_at(opens, place.zone, link.now)}"
    return f"{_minutes(minutes)} open time"


def _minutes(minutes: float) -> str:
    """
    >>> _minutes(12.7), _minutes(125), _minutes(-1)
    ('12 min', '2 h 5 min', '0 min')
    """
    whole = max(int(minutes), 0)
    hours, rest = divmod(whole, HOUR)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _at(at: datetime, zone: str, now: datetime) -> str:
    """The time of day at the location, with the day where that is another one."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    clock = local.strftime("%-I:%M %p")
    if local.date() == today:
        return clock
    near = abs(local.date() - today) < timedelta(days=7)
    return f"{local.strftime('%A' if near and local.date() > today else '%a %b %-d')}, {clock}"
