"""What each role may do at the desk."""

from enum import StrEnum


class Ability(StrEnum):
    LEADS = "leads"  # read and answer requests
    REPORT = "report"  # counts and times, nobody's name
    COMMENTS = "comments"  # approve or reject what readers wrote under articles
    PEOPLE = "people"  # invite and disable colleagues of the own clinics
    SETTINGS = "settings"  # who is told, and how
    EXPORT = "export"  # requests as a file
    AUDIT = "audit"  # who read and did what
    PRIVACY = "privacy"  # what is stored about a person: hand over, hold, erase


_ALL = frozenset(Ability)
ROLES: dict[str, frozenset[Ability]] = {
    # keeps the machines running; reads a request only after breaking the glass
    "operator": frozenset(),
    "owner": _ALL,
    "manager": _ALL - {Ability.AUDIT, Ability.PRIVACY},
    "location_staff": frozenset({Ability.LEADS, Ability.REPORT}),
    "editor": frozenset({Ability.REPORT, Ability.COMMENTS}),
    "reviewer": frozenset({Ability.COMMENTS}),
    "auditor": frozenset({Ability.AUDIT, Ability.REPORT}),
}
GROUP_WIDE = frozenset({"owner", "editor", "reviewer", "auditor"})  # without a clinic: all of them


def can(role: str, ability: Ability) -> bool:
    return ability in ROLES.get(role, frozenset())


def with_ability(ability: Ability) -> list[str]:
    return [role for role, abilities in ROLES.items() if ability in abilities]
