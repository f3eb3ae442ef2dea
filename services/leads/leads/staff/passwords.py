"""Passwords: any 8 or more characters that are not the first thing somebody would guess."""

import re
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 8
LONGEST = 256
# OWASP's smallest for Argon2id: 19 MiB, two passes, about 30 ms here
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_COMMON = Path(__file__).parent / "common_passwords.txt"


def hashed(password: str) -> str:
    return _HASHER.hash(password)


def fits(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def problem(password: str, *, email: str, name: str) -> str | None:
    """What is wrong with a new password and what to do, or None."""
    if len(password) < SHORTEST:
        return f"Your password must have {SHORTEST} characters or more"
    if len(password) > LONGEST:
        return f"Your password must have {LONGEST} characters or less"
    folded = password.casefold()
    own = {word.casefold() for word in re.split(r"[^\w]+", f"{email} {name}") if len(word) > 3}  # noqa: PLR2004 - shorter words are in anything
    common = set(_COMMON.read_text(encoding="utf-8").split())
    bare = folded.strip("0123456789!?.@#$*-_ ")
    if len(set(folded)) < 4 or {folded, bare} & common or bare in own or not bare:  # noqa: PLR2004 - "aaaabbbb"
        return "This password is too easy to guess. Choose a longer one, a few words for example"
    return None
