"""What content must be told at start, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from content.sites import Addresses
from contract.demo import bind, demo
from contract.directory import normal_host
from contract.env import Env
from plumbing.sealing import KeyFileError
from plumbing.signing import SigningKey, VerifyKeys


def _addresses(env: Env) -> Addresses:
    return Addresses(demo=demo(env), public_port=env.integer("PUBLIC_PORT", 0, at_most=65535))


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Of `serve`."""

    bind: str
    port: int
    clinics_dir: Path
    library_dir: Path
    sites_dir: Path
    leads_url: str
    notify_url: str
    addresses: Addresses
    desk_host: str  # "": none; it gets a certificate like a clinic's host

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Raises contract.env.SettingsError with every mistake."""
        env = Env(environ)
        urls = ("http", "https")
        settings = cls(
            bind=bind(env, "CONTENT_BIND"),
            port=env.integer("CONTENT_PORT", 8001, at_most=65535),
            clinics_dir=env.folder("CLINICS_DIR"),
            library_dir=env.folder("LIBRARY_DIR"),
            sites_dir=env.folder("SITES_DIR"),
            leads_url=env.url("LEADS_URL", schemes=urls, default="http://leads:8002"),
            notify_url=env.url("NOTIFY_URL", schemes=urls, default="http://notify:8003"),
            addresses=_addresses(env),
            desk_host=normal_host(env.text("DESK_HOST", "")),
        )
        env.raise_problems()
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherSettings:
    """Of `publish`."""

    bind: str
    health_port: int
    clinics_dir: Path
    library_dir: Path
    sites_dir: Path
    state_dir: Path
    redis_url: str
    signing_key: SigningKey
    comments_keys: VerifyKeys | None  # None: nobody signs comments, and there are none
    addresses: Addresses

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Raises contract.env.SettingsError with every mistake."""
        env = Env(environ)
        settings = cls(
            bind=bind(env, "CONTENT_BIND"),
            health_port=env.integer("HEALTH_PORT", 9000, at_most=65535),
            clinics_dir=env.folder("CLINICS_DIR"),
            library_dir=env.folder("LIBRARY_DIR"),
            sites_dir=env.folder("SITES_DIR"),
            state_dir=env.folder("CONTENT_STATE_DIR"),
            redis_url=env.url(
                "REDIS_URL", schemes=("redis", "rediss"), strong=not env.flag("FRONTDESK_DEMO")
            ),
            signing_key=_signing_key(env),
            comments_keys=_comments_keys(env),
            addresses=_addresses(env),
        )
        env.raise_problems()
        return settings


def _comments_keys(env: Env) -> VerifyKeys | None:
    text = env.text("COMMENTS_VERIFY_KEYS", "")
    try:
        return VerifyKeys.read(text) if text.strip() else None
    except KeyFileError as error:
        env.problems.append(f"COMMENTS_VERIFY_KEYS: {error}")
        return None


def _signing_key(env: Env) -> SigningKey:
    text = env.text("DIRECTORY_SIGNING_KEY")
    # stands in for a key that was reported as a problem
    unusable = "k0:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    try:
        return SigningKey.read(text.strip() or unusable)
    except KeyFileError as error:
        env.problems.append(f"DIRECTORY_SIGNING_KEY: {error}")
        return SigningKey.read(unusable)
