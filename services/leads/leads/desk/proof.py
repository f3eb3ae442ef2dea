"""Prove again that it is you, before something grave: the password and a new code."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import request

from leads.client import client_address
from leads.desk.guard import Visit
from leads.desk.workplace import Workplace
from leads.staff.backoff import Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why it was not proved, to a person.  `status`: of the page that says so."""

    words: str
    status: int


def proves(visit: Visit) -> bool:
    """Somebody who came by a demo link has no password to ask for."""
    return visit.person.set_up


def doubt(workplace: Workplace, visit: Visit) -> Doubt | None:
    """What is wrong with the `password` and `code` of the form; None: nothing."""
    if not proves(visit):
        return None
    proved = workplace.sign_in.confirm(
        email=visit.person.email,
        password=request.form.get("password", ""),
        code=request.form.get("code", ""),
        address=client_address(),
        now=datetime.now(UTC),
    )
    if isinstance(proved, Wait):
        minutes = -(-proved.seconds // 60)
        return Doubt(words=f"Too many tries. Try again in {minutes} min", status=429)
    return None if proved else Doubt(words="The password or the code is not right", status=422)
