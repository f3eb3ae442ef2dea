"""What is wrong, or weak, about who would be told: before a patient finds out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from contract.directory import Clinic, Directory, Location
from notify.alertbook import ClinicAlerts
from notify.roster import Recipient, Routing, recipients
from notify.routing import ALL_OFF, chain

ALERTING = frozenset({"contact", "appointment"})  # forms whose requests somebody must be told of
DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Sentences for people.  An error: a request would be told to nobody."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def short_chains(alerts: ClinicAlerts) -> list[str]:
    """Entries that name one contact: legal, and nobody is left when that one is away."""
    return [
        _alone(f"alerts/{alerts.clinic}.toml [locations.{_quoted(location)}]", keys[0])
        for location, keys in sorted(alerts.tell.items())
        if len(keys) == 1
    ]


def lint(
    connection: Connection, directory: Directory, channels: frozenset[str], now: datetime
) -> Findings:
    """Every location of the directory, on each of the next `DAYS` days.

    `channels`: those that a provider is configured for.
    """
    errors: list[str] = []
    warnings: list[str] = []
    for clinic in directory.clinics:
        for slug in _alerted(clinic):
            routing = recipients(connection, clinic.slug, slug)
            where = f"{clinic.slug}, {slug}"
            able = [person for person in routing.recipients if reachable(person, channels)]
            if not able:
                errors.append(nobody(clinic.slug, slug))
            elif len(able) == 1:
                warnings.append(_alone(where, able[0].key))
            if able:
                warnings += _all_off(where, routing, clinic.location(slug), channels, now)
    return Findings(errors=tuple(errors), warnings=tuple(warnings))


def reachable(person: Recipient, channels: frozenset[str]) -> bool:
    return any(channel in channels for channel, _ in person.addresses())


def nobody(clinic: str, location: str) -> str:
    return (
        f"{clinic}, {location}: nobody can be told in the next {DAYS} days: add a contact to"
        f" alerts/{clinic}.toml that a configured provider reaches"
    )


def _all_off(
    where: str,
    routing: Routing,
    location: Location | None,
    channels: frozenset[str],
    now: datetime,
) -> Iterator[str]:
    """The days on which everybody is off: then nobody is passed over, which is all that can be
    done.
    """
    for passed in range(DAYS):
        at = now + timedelta(days=passed)
        turns = chain(routing, location, at)
        able = [turn for turn in turns if reachable(turn.person, channels)]
        if not able or any(ALL_OFF in turn.why for turn in able):
            zone = ZoneInfo(location.zone if location else "UTC")
            day = at.astimezone(zone).strftime("%A, %B %-d")
            yield f"{where}: everybody is off on {day}: name a cover"


def _alone(where: str, key: str) -> str:
    return f"{where}: only {key} is told: name a second contact for when that one is away"


def _alerted(clinic: Clinic) -> list[str]:
    """The locations at which somebody must be told of requests."""
    if not ALERTING & set(clinic.forms):
        return []
    return [location.slug for location in clinic.locations]


def _quoted(location: str) -> str:
    return f'"{location}"' if location == "*" else location
