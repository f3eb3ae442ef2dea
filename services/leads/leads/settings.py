"""What leads must be told at start, read once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from contract.env import Env
from plumbing.sealing import HashKey, KeyFileError, KeyRing
from plumbing.signing import VerifyKeys

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One set for all leads processes; `health_port` is used by those without a web server."""

    bind: str
    port: int
    health_port: int
    database_url: str
    redis_url: str
    state_dir: Path
    sites_dir: Path
    notify_url: str
    service_token: str
    seal_keys: KeyRing
    hash_key: HashKey
    verify_keys: VerifyKeys

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Raises contract.env.SettingsError with every mistake."""
        env = Env(environ)
        settings = cls(
            bind=env.text("EDGE_BIND", "127.0.0.1")
            if env.flag("FRONTDESK_DEMO")
            else env.text("LEADS_BIND", "0.0.0.0"),  # noqa: S104 - inside its own network
            port=env.integer("LEADS_PORT", 8002, at_most=65535),
            health_port=env.integer("HEALTH_PORT", 9000, at_most=65535),
            database_url=env.url("LEADS_DATABASE_URL", schemes=("postgresql",)),
            redis_url=env.url("REDIS_URL", schemes=("redis",)),
            state_dir=env.folder("LEADS_STATE_DIR"),
            sites_dir=env.folder("SITES_DIR"),
            notify_url=env.url(
                "NOTIFY_URL", schemes=("http", "https"), default="http://notify:8003"
            ),
            service_token=env.text("SERVICE_TOKEN"),
            seal_keys=_key(env, "LEADS_SEAL_KEYS", KeyRing.read),
            hash_key=_key(env, "LEADS_HASH_KEY", HashKey.read),
            verify_keys=_key(env, "DIRECTORY_VERIFY_KEYS", VerifyKeys.read),
        )
        env.raise_problems()
        return settings


def migration_url(environ: Mapping[str, str]) -> str:
    """The owner's database URL.  Raises contract.env.SettingsError."""
    env = Env(environ)
    url = env.url("LEADS_MIGRATION_DATABASE_URL", schemes=("postgresql",))
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
