"""Invitations that wait: nobody looks for an account before the invited person opens the link.

So whoever invites learns nothing of who works elsewhere, neither by an answer nor by its time.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    select,
    text,
    update,
)

from leads import tables
from leads.scope import Scope
from leads.staff import people
from leads.staff.colleagues import GIVES, Invitation
from leads.staff.links import VALID_FOR
from leads.staff.people import Person
from leads.staff.sessions import token_hash

FORGOTTEN_AFTER = timedelta(days=30)  # what nobody accepted and nobody withdrew

_invitation = tables.invitation
_HELD = text("SELECT set_config('leads.invitation', :hashed, true)")  # read by the policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An invitation that nobody has accepted yet.  `over`: its link no longer works."""

    id: UUID
    asked: Invitation
    invited_by: UUID
    expires_at: datetime
    over: bool


def make(scope: Scope, asked: Invitation, *, by: Person) -> str:
    """The token of the link; an earlier invitation of this address to these clinics is replaced."""
    row = _invitation.c
    same = and_(row.email == asked.email, row.clinics.overlap(list(asked.clinics)))
    old = row.expires_at < func.now() - FORGOTTEN_AFTER
    scope.connection.execute(delete(_invitation).where(_own(scope), same | old))
    token = secrets.token_urlsafe(32)
    scope.connection.execute(
        _invitation.insert().values(
            id=uuid4(),
            token_hash=token_hash(token),
            email=asked.email,
            name=asked.name,
            role=asked.role,
            clinics=list(asked.clinics),
            locations=list(asked.locations),
            invited_by=by.id,
            expires_at=func.now() + VALID_FOR,
        )
    )
    return token


def pending(scope: Scope, *, to: Person) -> list[Pending]:
    """Those that `to` may withdraw and send again, by name."""
    rows = scope.connection.execute(
        _read().where(_shown(scope, to)).order_by(_invitation.c.name, _invitation.c.id)
    )
    return [_pending(row) for row in rows]


def find(scope: Scope, invitation_id: UUID, *, to: Person) -> Pending | None:
    return _one(scope.connection, and_(_shown(scope, to), _invitation.c.id == invitation_id))


def withdraw(scope: Scope, waiting: Pending) -> None:
    scope.connection.execute(delete(_invitation).where(_own(scope), _invitation.c.id == waiting.id))


def renew(scope: Scope, waiting: Pending) -> str:
    """The token of a new link, from now; the earlier one stops working."""
    token = secrets.token_urlsafe(32)
    scope.connection.execute(
        update(_invitation)
        .where(_own(scope), _invitation.c.id == waiting.id)
        .values(token_hash=token_hash(token), expires_at=func.now() + VALID_FOR)
    )
    return token


def held(connection: Connection, token: str) -> Pending | None:
    """What whoever has the link is invited to.

    None when it was used or withdrawn, is over, or comes from somebody who was disabled since.
    """
    hashed = _hold(connection, token)
    waiting = _one(connection, _invitation.c.token_hash == hashed)
    by = people.by_id(connection, waiting.invited_by) if waiting else None
    return None if waiting is None or waiting.over or by is None or by.disabled else waiting


def use(connection: Connection, token: str) -> bool:
    """True for the one caller that comes first."""
    hashed = _hold(connection, token)
    used = connection.execute(
        delete(_invitation).where(
            _invitation.c.token_hash == hashed, _invitation.c.expires_at > func.now()
        )
    )
    return used.rowcount == 1


def _hold(connection: Connection, token: str) -> bytes:
    """Show the transaction the row that `token` opens."""
    hashed = token_hash(token)
    connection.execute(_HELD, {"hashed": hashed.hex()})
    return hashed


def _own(scope: Scope) -> ColumnElement[bool]:
    within: ColumnElement[bool] = _invitation.c.clinics.contained_by(sorted(scope.clinics))
    return within


def _shown(scope: Scope, to: Person) -> ColumnElement[bool]:
    return and_(_own(scope), _invitation.c.role.in_(GIVES.get(to.role, ())))


def _read() -> Select[Any]:
    return select(_invitation, (_invitation.c.expires_at <= func.now()).label("over"))


def _one(connection: Connection, condition: ColumnElement[bool]) -> Pending | None:
    row = connection.execute(_read().where(condition)).one_or_none()
    return _pending(row) if row else None


def _pending(row: Row[Any]) -> Pending:
    return Pending(
        id=row.id,
        asked=Invitation(
            email=row.email,
            name=row.name,
            role=row.role,
            clinics=tuple(row.clinics),
            locations=tuple(row.locations),
        ),
        invited_by=row.invited_by,
        expires_at=row.expires_at,
        over=row.over,
    )
