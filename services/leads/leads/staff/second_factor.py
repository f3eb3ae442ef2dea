"""Six-digit codes from an authenticator app (RFC 6238), and recovery codes for when it is lost."""

import hmac
import io
import secrets
from datetime import datetime
from uuid import UUID

import pyotp
import segno

from leads.identity import ALPHABET
from plumbing.sealing import HashKey

STEP_S = 30
DRIFT = (0, -1, 1)  # steps: a phone's clock may be half a minute off
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10  # of 30 signs: 49 bits, and every guess is a counted try


def new_secret() -> str:
    return pyotp.random_base32()


def accepted_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, None when it is none of about now.

    The caller keeps the step: one that is not later than the last one was used before.
    """
    totp = pyotp.TOTP(secret, interval=STEP_S)
    current = int(now.timestamp()) // STEP_S
    steps = [
        current + drift
        for drift in DRIFT
        if hmac.compare_digest(totp.generate_otp(current + drift).encode(), code.encode())
    ]
    return steps[0] if steps else None


def app_address(secret: str, *, email: str, issuer: str) -> str:
    """The otpauth: address that authenticator apps open, also by a tap on the same phone."""
    return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=email, issuer_name=issuer)


def qr_code(address: str) -> str:
    """An inline SVG of an app's address."""
    drawing = io.BytesIO()
    segno.make(address, error="m").save(
        drawing, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, light="#fff"
    )
    return drawing.getvalue().decode()


def new_recovery_codes() -> list[str]:
    """Ten codes as people copy them: two groups of five."""
    codes = []
    for _ in range(RECOVERY_CODES):
        signs = [secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH)]
        codes.append("".join(signs[:5]) + "-" + "".join(signs[5:]))
    return codes


def plain_code(typed: str) -> str:
    """A code without the blanks and dashes that people put in."""
    return "".join(sign for sign in typed.upper() if sign.isalnum())


def recovery_hash(key: HashKey, staff_id: UUID, code: str) -> bytes:
    return key.digest("recovery code", str(staff_id), plain_code(code))


def totp_context(staff_id: UUID) -> str:
    return f"staff/{staff_id}/totp"
