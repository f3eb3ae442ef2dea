"""The secrets of a copy: made once, one file each, never replaced.

A key ring is a text file with lines ``keyid:base64(32 bytes)``.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from plumbing.signing import SigningKey
from supervisor.datadir import replace_file

KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Passwords are values; keys and tokens that a service reads itself are files."""

    postgres_password: str
    leads_owner_password: str
    leads_app_password: str
    leads_jobs_password: str
    notify_owner_password: str
    notify_app_password: str
    redis_password: str
    service_token: Path
    leads_seal_keys: Path
    leads_hash_key: Path
    event_seal_keys: Path
    directory_signing_key: Path
    directory_verify_keys: Path
    comments_signing_key: Path
    comments_verify_keys: Path

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """Read the secrets of `folder`; make what is missing."""

        def made_once(name: str, make: Callable[[], str]) -> Path:
            path = folder / name
            if not path.exists():
                replace_file(path, make() + "\n")
            return path

        def password(name: str) -> str:
            return made_once(name, secrets.token_urlsafe).read_text(encoding="ascii").strip()

        signing = made_once("directory_signing_key", _key_line)
        comments = made_once("comments_signing_key", _key_line)
        return cls(
            postgres_password=password("postgres_password"),
            leads_owner_password=password("leads_owner_password"),
            leads_app_password=password("leads_app_password"),
            leads_jobs_password=password("leads_jobs_password"),
            notify_owner_password=password("notify_owner_password"),
            notify_app_password=password("notify_app_password"),
            redis_password=password("redis_password"),
            service_token=made_once("service_token", secrets.token_urlsafe),
            leads_seal_keys=made_once("leads_seal_keys", _key_line),
            leads_hash_key=made_once("leads_hash_key", _key_line),
            event_seal_keys=made_once("event_seal_keys", _key_line),
            directory_signing_key=signing,
            directory_verify_keys=made_once("directory_verify_keys", lambda: _verify_line(signing)),
            comments_signing_key=comments,
            comments_verify_keys=made_once("comments_verify_keys", lambda: _verify_line(comments)),
        )


def _key_line() -> str:
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")
    return f"{secrets.token_hex(4)}:{key}"


def _verify_line(signing: Path) -> str:
    """The public half of a signing key, under the same id."""
    return SigningKey.read(signing.read_text(encoding="ascii")).public_line()
