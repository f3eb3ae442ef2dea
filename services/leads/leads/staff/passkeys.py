"""Passkeys (WebAuthn level 2): a device that knows its owner is password and second factor in one.

User verification is required: the device asks for a finger, a face or a PIN.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import webauthn
from sqlalchemy import Connection, delete, func, select, update
from webauthn.helpers import bytes_to_base64url, options_to_json, parse_client_data_json
from webauthn.helpers.base64url_to_bytes import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from leads import tables
from leads.staff.people import Person

CHALLENGE_FOR = timedelta(minutes=5)
MOST_OF_A_PERSON = 10
SIGN_IN = "sign in"
_NO_PROOF = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """One that a person has registered.  `key`: its id, base64url."""

    key: str
    name: str


class Passkeys:
    """`host`, `origin`: of the desk; a passkey is good for them alone."""

    def __init__(self, *, host: str, origin: str) -> None:
        self._host = host
        self._origin = origin

    def registration_options(self, connection: Connection, person: Person) -> str:
        """JSON for navigator.credentials.create."""
        options = webauthn.generate_registration_options(
            rp_id=self._host,
            rp_name="Frontdesk",
            user_id=person.id.bytes,
            user_name=person.email,
            user_display_name=person.name,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(known.key))
                for known in of(connection, person.id)
            ],
        )
        _keep(connection, options.challenge, str(person.id))
        return options_to_json(options)

    def register(
        self, connection: Connection, person: Person, answer: Mapping[str, Any], *, name: str
    ) -> bool:
        """Keep the passkey in the browser's `answer`; False when it does not prove what it must."""
        try:
            challenge = _spend(connection, answer, str(person.id))
            verified = webauthn.verify_registration_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except _NO_PROOF:
            return False
        if len(of(connection, person.id)) >= MOST_OF_A_PERSON:
            return False
        connection.execute(
            tables.staff_passkey.insert().values(
                credential_id=verified.credential_id,
                staff_id=person.id,
                public_key=verified.credential_public_key,
                sign_count=verified.sign_count,
                name=name,
            )
        )
        return True

    def sign_in_options(self, connection: Connection) -> str:
        """JSON for navigator.credentials.get; says nothing about who has a passkey."""
        options = webauthn.generate_authentication_options(
            rp_id=self._host, user_verification=UserVerificationRequirement.REQUIRED
        )
        _keep(connection, options.challenge, SIGN_IN)
        return options_to_json(options)

    def owner(self, connection: Connection, answer: Mapping[str, Any]) -> Person | None:
        """Whose passkey signed the challenge; None when nobody's did."""
        passkey, staff = tables.staff_passkey, tables.staff
        try:
            challenge = _spend(connection, answer, SIGN_IN)
            credential_id = base64url_to_bytes(answer["id"])
            row = (
                connection.execute(
                    select(staff, passkey.c.public_key, passkey.c.sign_count)
                    .join(passkey, passkey.c.staff_id == staff.c.id)
                    .where(passkey.c.credential_id == credential_id, staff.c.disabled_at.is_(None))
                    .with_for_update(of=passkey)
                )
                .mappings()
                .one_or_none()
            )
            if row is None:
                return None
            verified = webauthn.verify_authentication_response(
                credential=dict(answer),
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=row["public_key"],
                credential_current_sign_count=row["sign_count"],
                require_user_verification=True,
            )
        except _NO_PROOF:
            return None
        connection.execute(
            update(passkey)
            .where(passkey.c.credential_id == credential_id)
            .values(sign_count=verified.new_sign_count, last_used_at=func.now())
        )
        return Person.from_row(row)


def of(connection: Connection, staff_id: UUID) -> list[Passkey]:
    passkey = tables.staff_passkey
    rows = connection.execute(
        select(passkey.c.credential_id, passkey.c.name)
        .where(passkey.c.staff_id == staff_id)
        .order_by(passkey.c.created_at)
    )
    return [Passkey(key=bytes_to_base64url(row.credential_id), name=row.name) for row in rows]


def remove(connection: Connection, staff_id: UUID, key: str) -> bool:
    """False when this person has no such passkey."""
    passkey = tables.staff_passkey
    try:
        credential_id = base64url_to_bytes(key)
    except ValueError:
        return False
    removed = connection.execute(
        delete(passkey).where(
            passkey.c.staff_id == staff_id, passkey.c.credential_id == credential_id
        )
    )
    return removed.rowcount == 1


def remove_all(connection: Connection, staff_id: UUID) -> None:
    passkey = tables.staff_passkey
    connection.execute(delete(passkey).where(passkey.c.staff_id == staff_id))


def _keep(connection: Connection, challenge: bytes, about: str) -> None:
    made = tables.passkey_challenge
    connection.execute(delete(made).where(made.c.expires_at < func.now()))
    connection.execute(
        made.insert().values(
            challenge=challenge, about=about, expires_at=func.now() + CHALLENGE_FOR
        )
    )


def _spend(connection: Connection, answer: Mapping[str, Any], about: str) -> bytes:
    """The challenge that was answered; it works once.  Raises ValueError for another one."""
    raw = base64url_to_bytes(answer["response"]["clientDataJSON"])
    challenge = parse_client_data_json(raw).challenge
    made = tables.passkey_challenge
    spent = connection.execute(
        delete(made).where(
            made.c.challenge == challenge, made.c.about == about, made.c.expires_at > func.now()
        )
    )
    if spent.rowcount != 1:
        raise ValueError("not a challenge that waits")
    return challenge
