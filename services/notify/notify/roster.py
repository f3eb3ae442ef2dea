"""Who is told about a location, as the tables have it: people, order, policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, literal, literal_column, select

from notify import suppression
from notify.alertbook import EVERYWHERE, Absence, Policy, Quiet
from notify.tables import contact, policy, route

DESK = "desk"
DEFAULT = Policy()

_WHEN = [policy.c[name] for name in Policy.__dataclass_fields__]
_ROSTER = (  # each contact with each of its places, which has the policy of its entry, or NULLs
    select(
        contact,
        suppression.applies(literal("sms"), contact.c.sms).label("stopped"),
        route.c.location,
        route.c.duty,
        route.c.changed_by.label("placed_by"),
        *_WHEN,
    )
    .select_from(contact)
    .outerjoin(
        route,
        (route.c.contact_id == contact.c.id)
        & (route.c.clinic == contact.c.clinic)
        & route.c.location.in_([bindparam("location"), literal_column(f"'{EVERYWHERE}'")]),
    )
    .outerjoin(
        policy, (policy.c.clinic == route.c.clinic) & (policy.c.location == route.c.location)
    )
    .where(contact.c.clinic == bindparam("clinic"), contact.c.removed_at.is_(None))
    .order_by(case((route.c.location == EVERYWHERE, 1), else_=0), route.c.n)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A contact as it is in the database."""

    id: int
    key: str
    name: str
    email: str | None
    sms: str | None  # None also for one who has answered STOP
    speaks: tuple[str, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    off: tuple[Absence, ...] = ()
    names: bool = False  # may be told a patient's first name (notify.agreement)
    unconfirmed: bool = False  # nothing of theirs is confirmed yet (notify.desk.addresses)

    def addresses(self) -> list[tuple[str, str]]:
        """(channel, address) for each way to reach this contact."""
        pairs = (("email", self.email), ("sms", self.sms))
        return [(channel, address) for channel, address in pairs if address]

    def address(self, channel: str) -> str | None:
        return dict(self.addresses()).get(channel)

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Recipient":
        return cls(
            id=row.id,
            key=row.key,
            name=row.name,
            email=row.email,
            sms=None if getattr(row, "stopped", False) else row.sms,
            speaks=tuple(row.speaks),
            quiet=quiet_from(row.quiet),
            off=off_from(row.off),
            names=row.names,
            unconfirmed=row.email is None and row.sms is None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Who is told about a lead, first to last, and by which entry of the alerts file."""

    by: str  # the location's slug, "*", or "" when there is no entry
    recipients: tuple[Recipient, ...]
    on_call: tuple[Recipient, ...] = ()  # while closed, where the policy says so
    policy: Policy = DEFAULT
    people: Mapping[str, Recipient] = field(default_factory=dict)  # all of the clinic, by key
    on_desk: bool = False  # the entry was changed on the desk

    @property
    def anybody(self) -> bool:
        """Is there somebody to tell, now or when they are back?  One who has confirmed nothing
        yet is nobody: what waits is told when they have.
        """
        return any(not person.unconfirmed for person in self.recipients)


def recipients(connection: Connection, clinic: str, location: str) -> Routing:
    """The contacts of `location`, else those of the clinic's "*"; maybe none."""
    of_it = {"clinic": clinic, "location": location}
    found = connection.execute(_ROSTER, of_it).all()
    people = {row.id: Recipient.from_row(row) for row in found}
    rows = [row for row in found if row.duty]
    by = next((row.location for row in rows if row.duty == "tell"), "")
    mine = [row for row in rows if row.location == by]
    return Routing(
        by=by,
        recipients=tuple(people[row.id] for row in mine if row.duty == "tell"),
        on_call=tuple(people[row.id] for row in mine if row.duty == "on_call"),
        policy=policy_from(next((row for row in mine if row.after_hours), None)),
        people={person.key: person for person in people.values()},
        on_desk=any(row.placed_by == DESK for row in mine),
    )


def policy_from(row: Row[Any] | None) -> Policy:
    if row is None:
        return Policy()
    return Policy(**{name: getattr(row, name) for name in Policy.__dataclass_fields__})


def quiet_from(raw: list[list[str]]) -> tuple[Quiet, ...]:
    return tuple(
        Quiet(starts=time.fromisoformat(starts), ends=time.fromisoformat(ends))
        for starts, ends in raw
    )


def off_from(raw: list[list[str]]) -> tuple[Absence, ...]:
    return tuple(
        Absence(first=date.fromisoformat(first), last=date.fromisoformat(last), cover=cover)
        for first, last, cover in raw
    )


def quiet_out(quiet: tuple[Quiet, ...]) -> list[list[str]]:
    return [[f"{one.starts:%H:%M}", f"{one.ends:%H:%M}"] for one in quiet]


def off_out(off: tuple[Absence, ...]) -> list[list[str]]:
    return [[one.first.isoformat(), one.last.isoformat(), one.cover] for one in off]


def policy_of(connection: Connection, clinic: str, location: str) -> Policy:
    """The policy of the location's own entry, else that of every other location."""
    own_first = case((policy.c.location == EVERYWHERE, 1), else_=0)
    row = connection.execute(
        select(policy)
        .where(policy.c.clinic == clinic, policy.c.location.in_([location, EVERYWHERE]))
        .order_by(own_first)
        .limit(1)
    ).one_or_none()
    return policy_from(row)
