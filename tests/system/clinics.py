"""Clinics made by the dozen: the files of a group that nobody would write by hand."""

from dataclasses import dataclass
from pathlib import Path

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = "\n".join(f'{day} = ["00:00-23:59"]' for day in DAYS)
CLINIC = """\
name = "{name}"
short_name = "{name}"
legal_name = "{name}, PC"
hosts = ["{slug}.example"]
phone = "(559) 555-0142"
headline = "Seen soon."
intro = "A clinic of a group."

[forms]
contact = true
appointment = false

[theme]
paper = "#fffdf9"
ink = "#17241d"
brand = "#1d4a36"
accent = "#a1531c"
surface = "#f1e7d6"
text_face = "grotesque"
display_face = "grotesque"
corners = "square"
density = "regular"
header = "bar"
home = "towns"
art = "map"
"""
LOCATION = """
[[locations]]
slug = "{slug}"
name = "{name}"
street = "27 Depot Street"
city = "{name}"
state = "CA"
postal_code = "93298"
phone = "(559) 555-0176"
zone = "America/Los_Angeles"
reply_minutes = 60
towns = ["{name}"]

[locations.hours]
{hours}
"""
CONTACT = """
[contacts.{key}]
name = "Desk of {key}"
email = "{key}@{clinic}.example"
{sms}
[locations.{key}]
tell = ["{key}"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Generated clinics on disk."""

    clinics_dir: Path
    alerts_dir: Path
    hosts: tuple[str, ...]  # <slug>.localhost, one for each clinic
    locations: tuple[str, ...]  # the same slugs at every clinic


def a_group(folder: Path, *, clinics: int, locations: int = 3, texts: bool = False) -> Group:
    """`clinics` clinics with `locations` locations, each with one contact of its own.

    `texts`: contacts have a number as well.  Always open, so that every alert leaves at once.
    """
    clinics_dir, alerts_dir = folder / "clinics", folder / "alerts"
    alerts_dir.mkdir(parents=True)
    slugs = [f"town-{number}" for number in range(1, locations + 1)]
    for number in range(1, clinics + 1):
        clinic = f"clinic-{number}"
        (clinics_dir / clinic).mkdir(parents=True)
        (clinics_dir / clinic / "clinic.toml").write_text(
            CLINIC.format(name=f"Clinic {number}", slug=clinic)
            + "".join(
                LOCATION.format(slug=slug, name=slug.replace("-", " ").title(), hours=HOURS)
                for slug in slugs
            )
        )
        (alerts_dir / f"{clinic}.toml").write_text(
            "".join(
                CONTACT.format(key=slug, clinic=clinic, sms=_number(number, n) if texts else "")
                for n, slug in enumerate(slugs)
            )
        )
    return Group(
        clinics_dir=clinics_dir,
        alerts_dir=alerts_dir,
        hosts=tuple(f"clinic-{number}.localhost" for number in range(1, clinics + 1)),
        locations=tuple(slugs),
    )


def _number(clinic: int, location: int) -> str:
    """A number of its own for each contact, in area codes that are in use."""
    area = (559, 661, 805, 209, 415, 510, 707, 916)[location]
    return f'sms = "+1{area}555{100 + clinic:04}"\n'
