"""What is known around an alert when something is done about it: the hour, the clinic, the desk."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contract.directory import Clinic, Directory, Location
from contract.hours import add_open_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`desk_url`: where a contact's link leads; "": the messages have none."""

    directory: Directory | None
    desk_url: str
    now: datetime

    def clinic(self, slug: str) -> Clinic | None:
        return self.directory.clinic(slug) if self.directory else None

    def location(self, clinic: str, slug: str) -> Location | None:
        found = self.clinic(clinic)
        return found.location(slug) if found else None


def counted(location: Location | None, since: datetime, minutes: int) -> datetime:
    """When `minutes` open minutes have passed since `since`.

    By the clock where nothing is known of the location or it never opens: nobody is forgotten.
    """
    by_the_clock = since + timedelta(minutes=minutes)
    if location is None:
        return by_the_clock
    return add_open_minutes(location, since, minutes) or by_the_clock
