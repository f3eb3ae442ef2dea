"""A booked visit as a calendar file (RFC 5545): place, time and reference, nobody's name."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from contract.directory import Clinic, Location
from leads.identity import spoken

LENGTH = timedelta(minutes=30)


def calendar_file(
    *,
    lead_id: UUID,
    reference: str,
    at: datetime,
    made_at: datetime,
    clinic: Clinic,
    place: Location,
) -> bytes:
    """`at`: when the visit is booked for."""
    zone = ZoneInfo(place.zone)
    event = Event.new(
        uid=f"{lead_id}@{clinic.hosts[0]}",
        summary=f"Visit at {clinic.name}, {place.name} ({spoken(reference)})",
        location=f"{place.street}, {place.city}, {place.state} {place.postal_code}",
        start=at.astimezone(zone),
        end=(at + LENGTH).astimezone(zone),
        stamp=made_at,
    )
    calendar = Calendar.new(subcomponents=[event], prodid="-//Frontdesk//Desk//EN")
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
