"""Read the fields of one form one by one, and collect in words what is wrong with them."""

import re
from collections.abc import Mapping

from leads.body import without_controls
from leads.request import FieldError
from plumbing.words import Words, later

# field -> the most characters it may have, and what to say when it has more
LIMITS = {
    "name": (200, later("Your name must be %(most)s characters or less")),
    "phone": (60, later("Your phone number must be %(most)s characters or less")),
    "email": (254, later("Your email address must be %(most)s characters or less")),
    "message": (2000, later("Your message must be %(most)s characters or less")),
    "patient_name": (200, later("The patient's name must be %(most)s characters or less")),
    "relationship": (60, later("What you are to the patient must be %(most)s characters or less")),
    "reason": (100, later("The reason must be %(most)s characters or less")),
    "practitioner": (100, later("The practitioner must be %(most)s characters or less")),
    "town": (100, later("Your town or ZIP code must be %(most)s characters or less")),
    "speaks": (60, later("The language must be %(most)s characters or less")),
    "location": (100, later("The location must be %(most)s characters or less")),
    "preferred_date_1": (40, later("Your first choice must be %(most)s characters or less")),
    "preferred_date_2": (40, later("Your second choice must be %(most)s characters or less")),
    "preferred_date_3": (40, later("Your third choice must be %(most)s characters or less")),
}
# and when a paste brought a character that nobody can see
CONTROLS = {
    "name": later("Your name holds a character that we cannot keep. Type it again"),
    "message": later(
        "Your message holds a character that we cannot keep. Type that part of it again"
    ),
}
ANY_CONTROL = later("This holds a character that we cannot keep. Type it again")


class Reading:
    """The fields of one form, and the errors found in them so far, in the order of reading."""

    def __init__(self, fields: Mapping[str, str], words: Words) -> None:
        self.fields = fields
        self.words = words
        self.errors: list[FieldError] = []

    def text(self, name: str) -> str:
        """What was typed, on one line unless it is the message."""
        typed = self.fields.get(name, "")
        most, too_long = LIMITS[name]
        value = without_controls(typed)
        if value != typed:
            self.error(name, CONTROLS.get(name, ANY_CONTROL))
        if len(value) > most:
            self.error(name, too_long, most=f"{most:,}")
        return value if name == "message" else " ".join(value.split())

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.fields.get(name, "") or default
        if value not in {*allowed, default}:
            self.error(name, later("Choose one of the answers offered"))
            return default
        return value

    def matching(self, name: str, pattern: re.Pattern[str], otherwise: str) -> str:
        """A field that scripts and pages fill in: what is no such value is left out in silence."""
        value = self.fields.get(name, "")
        return value if pattern.fullmatch(value) else otherwise

    def error(self, name: str, text: str, /, **values: object) -> None:
        """`text` stands in the catalogs.  The first error of a field is the one that is shown."""
        self.problem(name, self.words(text, **values))

    def problem(self, name: str, message: str) -> None:
        """An error whose words are found already."""
        if name not in {error.field for error in self.errors}:
            self.errors.append(FieldError(field=name, message=message))
