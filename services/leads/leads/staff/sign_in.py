"""Password and second factor in one step.

Whatever is wrong, it is the same answer after the same work.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, any_, func, literal, select, update

from leads import tables
from leads.staff import audit, links, passwords, second_factor, sessions
from leads.staff.backoff import Wait, count_try, forget_tries
from plumbing.sealing import HashKey, KeyRing

TOTP_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    id: UUID
    password_hash: str
    secret: str
    real: bool  # False: stands in for one that is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proved:
    staff_id: UUID
    factor: str  # code, recovery code


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFactor:
    """What a person is shown once after setting up."""

    session: str
    recovery_codes: list[str]


class SignIn:
    """Lets people in: by password and code, or by the link that sets them up."""

    def __init__(self, *, engine: Engine, seal_keys: KeyRing, hash_key: HashKey) -> None:
        self._engine = engine
        self._seal_keys = seal_keys
        self._hash_key = hash_key
        self._nobody = _Account(
            id=uuid4(),
            password_hash=passwords.hashed("nobody's"),
            secret=second_factor.new_secret(),
            real=False,
        )

    def attempt(
        self, *, email: str, password: str, code: str, address: str, now: datetime
    ) -> str | Wait | None:
        """A new session's token; None when something is wrong, never saying what."""
        proved = self._prove(email=email, password=password, code=code, address=address, now=now)
        if proved is None or isinstance(proved, Wait):
            return proved
        with self._engine.begin() as connection:
            token = sessions.start(connection, proved.staff_id, how="password")
            audit.note(
                connection,
                "signed in",
                staff_id=proved.staff_id,
                detail={"factor": proved.factor},
            )
        return token

    def confirm(
        self, *, email: str, password: str, code: str, address: str, now: datetime
    ) -> bool | Wait:
        """Whether somebody who is signed in proves it again, before something grave."""
        proved = self._prove(email=email, password=password, code=code, address=address, now=now)
        return proved if isinstance(proved, Wait) else proved is not None

    def _prove(
        self, *, email: str, password: str, code: str, address: str, now: datetime
    ) -> _Proved | Wait | None:
        key = self._hash_key.digest("sign-in try", email.strip().lower(), address)
        with self._engine.begin() as connection:
            if wait := count_try(connection, key):
                return wait
            account = self._account(connection, email.strip().lower())
        fits = passwords.fits(account.password_hash, password)
        plain = second_factor.plain_code(code)
        step = second_factor.accepted_step(account.secret, plain, now)
        recovery = [
            second_factor.recovery_hash(key, account.id, plain) for key in self._hash_key.every
        ]
        with self._engine.begin() as connection:
            # with a wrong password the same statement, which changes nobody's row
            spender = account if fits else self._nobody
            factor = self._spend(connection, spender, step, recovery)
            if factor is None or not account.real:
                audit.note(
                    connection, "sign-in refused", staff_id=account.id if account.real else None
                )
                return None
            forget_tries(connection, key)
        return _Proved(staff_id=account.id, factor=factor)

    def set_up(self, token: str, link: links.Link, password: str, *, step: int) -> NewFactor | None:
        """Use the link: password, second factor and recovery codes in one transaction.

        `step`: that of the first code, which cannot be used again.  None when somebody else was
        faster with the same link.
        """
        person = link.person
        codes = second_factor.new_recovery_codes()
        hashes = [second_factor.recovery_hash(self._hash_key, person.id, code) for code in codes]
        password_hash = passwords.hashed(password)
        with self._engine.begin() as connection:
            if not links.use(connection, token):
                return None
            connection.execute(
                update(tables.staff)
                .where(tables.staff.c.id == person.id)
                .values(
                    password_hash=password_hash,
                    totp_sealed=self._seal_keys.seal(
                        link.secret.encode(), context=second_factor.totp_context(person.id)
                    ),
                    totp_last_step=step,
                    recovery_hashes=hashes,
                    recovery_key=self._hash_key.key_id,
                )
            )
            sessions.end_all(connection, person.id)
            audit.note(connection, "set up", staff_id=person.id)
            session = sessions.start(connection, person.id, how="password")
        return NewFactor(session=session, recovery_codes=codes)

    def open_by_link(self, token: str, link: links.Link) -> str | None:
        """Demo only: a session without password."""
        with self._engine.begin() as connection:
            if not links.use(connection, token):
                return None
            audit.note(connection, "link used", staff_id=link.person.id)
            return sessions.start(connection, link.person.id, how="link")

    def _account(self, connection: Connection, email: str) -> _Account:
        staff = tables.staff.c
        row = connection.execute(
            select(staff.id, staff.password_hash, staff.totp_sealed).where(
                staff.email == email, staff.disabled_at.is_(None), staff.password_hash.is_not(None)
            )
        ).one_or_none()
        if row is None:
            return self._nobody
        secret = self._seal_keys.open(
            row.totp_sealed, context=second_factor.totp_context(row.id)
        ).decode()
        return _Account(id=row.id, password_hash=row.password_hash, secret=secret, real=True)

    def _spend(
        self, connection: Connection, account: _Account, step: int | None, recovery: list[bytes]
    ) -> str | None:
        """Use up the code: which kind it was, None when it is wrong or was used before.

        `recovery`: its hash as a recovery code, by each of our keys.
        """
        if step is not None:
            later = tables.staff.c.totp_last_step < step
            return "code" if _changed(connection, account, later, totp_last_step=step) else None
        known = tables.staff.c.recovery_hashes
        for hashed in recovery:
            unused = literal(hashed) == any_(known)
            left = func.array_remove(known, hashed)
            if _changed(connection, account, unused, recovery_hashes=left):
                return "recovery code"
        return None


def _changed(connection: Connection, account: _Account, condition: Any, **values: Any) -> bool:
    staff = tables.staff
    row = update(staff).where(staff.c.id == account.id, condition).values(**values)
    return connection.execute(row).rowcount == 1
