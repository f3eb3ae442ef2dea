"""One change that is under way: what is asked for, and what it is asked of.

Refused     it cannot be done: nothing is
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from contract.alert_settings import Change
from contract.directory import Clinic, Directory, Location
from notify.roster import Recipient, Routing
from notify.tables import contact


class Refused(Exception):  # noqa: N818 - what was asked for
    """`problems`: (field that was typed, or "", and what is wrong, in words)."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__("refused")
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`routing`: of the location as it was looked at.  The caller's transaction, and its lock."""

    connection: Connection
    asked: Change
    clinic: Clinic
    location: Location
    routing: Routing
    directory: Directory | None
    desk_url: str

    def person(self) -> Recipient:
        """The contact that it is about.  Raises Refused."""
        found = self.routing.people.get(self.asked.contact)
        if found is None:
            raise Refused(("", "This contact is not there any more"))
        return found

    def row(self) -> Row[Any]:
        """The same as the table has it: `sms` also of one who has answered STOP."""
        return self.connection.execute(
            select(contact).where(contact.c.id == self.person().id)
        ).one()

    def typed(self, name: str) -> str:
        return " ".join(str(self.asked.typed.get(name, "")).split())
