"""What notify must be told at start, read once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Self, TypeVar

from contract.env import Env
from notify.providers import ProviderUrl, UnusableProvider, read_urls
from plumbing.sealing import KeyFileError, KeyRing
from plumbing.signing import VerifyKeys

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One set for all notify processes; `health_port` is used by those without a web server."""

    demo: bool
    bind: str
    port: int
    health_port: int
    database_url: str
    redis_url: str
    state_dir: Path
    alerts_dir: Path
    leads_url: str
    service_token: str
    verify_keys: VerifyKeys
    event_keys: KeyRing
    email_providers: tuple[ProviderUrl, ...]
    sms_providers: tuple[ProviderUrl, ...]
    worker_concurrency: int
    sweep_s: int  # 0: no sweep

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Raises contract.env.SettingsError with every mistake."""
        env = Env(environ)
        demo = env.flag("FRONTDESK_DEMO")
        edge_bind = env.text("EDGE_BIND", "127.0.0.1")
        if demo and not is_loopback(edge_bind):
            env.problems.append(
                f"EDGE_BIND: must be a loopback address with FRONTDESK_DEMO=1, not {edge_bind!r}"
            )
        settings = cls(
            demo=demo,
            # in production inside a network of its own
            bind=edge_bind if demo else env.text("NOTIFY_BIND", "0.0.0.0"),  # noqa: S104
            port=env.integer("NOTIFY_PORT", 8003, at_most=65535),
            health_port=env.integer("HEALTH_PORT", 9000, at_most=65535),
            database_url=env.url("NOTIFY_DATABASE_URL", schemes=("postgresql",)),
            redis_url=env.url("REDIS_URL", schemes=("redis",)),
            state_dir=env.folder("NOTIFY_STATE_DIR"),
            alerts_dir=env.folder("ALERTS_DIR"),
            leads_url=env.url("LEADS_URL", schemes=("http", "https"), default="http://leads:8002"),
            service_token=env.text("SERVICE_TOKEN"),
            verify_keys=_key(env, "DIRECTORY_VERIFY_KEYS", VerifyKeys.read),
            event_keys=_key(env, "EVENT_SEAL_KEYS", KeyRing.read),
            email_providers=_providers(env, "NOTIFY_EMAIL_PROVIDERS", "email", demo=demo),
            sms_providers=_providers(env, "NOTIFY_SMS_PROVIDERS", "sms", demo=demo),
            worker_concurrency=env.integer("NOTIFY_WORKER_CONCURRENCY", 4, at_least=1, at_most=64),
            sweep_s=env.integer("NOTIFY_SWEEP_SECONDS", 1, at_most=60),
        )
        env.raise_problems()
        return settings


def is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False


def migration_url(environ: Mapping[str, str]) -> str:
    """The owner's database URL.  Raises contract.env.SettingsError."""
    env = Env(environ)
    url = env.url("NOTIFY_MIGRATION_DATABASE_URL", schemes=("postgresql",))
    env.raise_problems()
    return url


UNUSABLE = "k0:" + "A" * 43 + "="  # stands in for a key that was reported as a problem


def _key(env: Env, name: str, read: Callable[[str], T]) -> T:
    text = env.text(name)
    try:
        return read(text.strip() or UNUSABLE)
    except KeyFileError as error:
        env.problems.append(f"{name}: {error}")
        return read(UNUSABLE)


def _providers(env: Env, name: str, channel: str, *, demo: bool) -> tuple[ProviderUrl, ...]:
    """Provider URLs in order; none is allowed here and reported by /readyz."""
    try:
        return read_urls(env.text(name, ""), channel, demo=demo)
    except UnusableProvider as error:
        env.problems.append(f"{name}: {error}")
        return ()
