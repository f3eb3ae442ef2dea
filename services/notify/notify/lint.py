"""What is wrong, or weak, about who would be told: before a patient finds out."""

from dataclasses import dataclass

from sqlalchemy import Connection

from contract.directory import Clinic, Directory
from notify.alertbook import ClinicAlerts
from notify.roster import Recipient, recipients

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


def lint(connection: Connection, directory: Directory, channels: frozenset[str]) -> Findings:
    """Every location of the directory.  `channels`: those that a provider is configured for.

    Contacts have no hours of their own, so who can be reached now can be in the next `DAYS` days.
    """
    errors: list[str] = []
    warnings: list[str] = []
    for clinic in directory.clinics:
        for slug in _alerted(clinic):
            routing = recipients(connection, clinic.slug, slug)
            able = [person for person in routing.recipients if reachable(person, channels)]
            if not able:
                errors.append(nobody(clinic.slug, slug))
            elif len(able) == 1:
                warnings.append(_alone(f"{clinic.slug}, {slug}", able[0].key))
    return Findings(errors=tuple(errors), warnings=tuple(warnings))


def reachable(person: Recipient, channels: frozenset[str]) -> bool:
    return any(channel in channels for channel, _ in person.addresses())


def nobody(clinic: str, location: str) -> str:
    return (
        f"{clinic}, {location}: nobody can be told in the next {DAYS} days: add a contact to"
        f" alerts/{clinic}.toml that a configured provider reaches"
    )


def _alone(where: str, key: str) -> str:
    return f"{where}: only {key} is told: name a second contact for when that one is away"


def _alerted(clinic: Clinic) -> list[str]:
    """The locations at which somebody must be told of requests."""
    if not ALERTING & set(clinic.forms):
        return []
    return [location.slug for location in clinic.locations]


def _quoted(location: str) -> str:
    return f'"{location}"' if location == "*" else location
