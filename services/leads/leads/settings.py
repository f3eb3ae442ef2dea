"""What leads must be told at start, read once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from contract.demo import bind, demo
from contract.directory import normal_host
from contract.env import Env
from plumbing.sealing import HashKey, KeyFileError, KeyRing
from plumbing.signing import SigningKey, VerifyKeys

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One set for all leads processes; `health_port` is used by those without a web server.

    `database_url` is the login of the process's own role: background jobs have another one.
    `desk_host`: normal form; `desk_url`: where it is reached, without a slash at the end.
    """

    bind: str
    port: int
    health_port: int
    database_url: str
    redis_url: str
    state_dir: Path
    spool_dir: Path  # made when first needed; on this host's own disk
    sites_dir: Path
    notify_url: str
    service_token: str
    seal_keys: KeyRing
    event_keys: KeyRing
    hash_key: HashKey
    verify_keys: VerifyKeys
    comments_key: SigningKey | None = None  # None: approved comments stay here
    rate_per_address: int = 100  # requests a minute
    rate_per_clinic: int = 600
    demo: bool = False
    desk_host: str = "desk.localhost"
    desk_url: str = "http://desk.localhost"

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, jobs: bool = False) -> Self:
        """Raises contract.env.SettingsError with all mistakes.  `jobs`: of a background job."""
        env = Env(environ)
        is_demo = demo(env)
        desk_host = normal_host(env.text("DESK_HOST", "desk.localhost" if is_demo else None))
        settings = cls(
            bind=bind(env, "LEADS_BIND"),
            port=env.integer("LEADS_PORT", 8002, at_most=65535),
            health_port=env.integer("HEALTH_PORT", 9000, at_most=65535),
            database_url=env.url(
                "LEADS_JOBS_DATABASE_URL" if jobs else "LEADS_DATABASE_URL",
                schemes=("postgresql",),
                strong=not is_demo,
            ),
            redis_url=env.url("REDIS_URL", schemes=("redis",), strong=not is_demo),
            state_dir=env.folder("LEADS_STATE_DIR"),
            spool_dir=Path(
                env.text("LEADS_SPOOL_DIR", "") or Path(env.text("LEADS_STATE_DIR")) / "spool"
            ),
            sites_dir=env.folder("SITES_DIR"),
            notify_url=env.url(
                "NOTIFY_URL", schemes=("http", "https"), default="http://notify:8003"
            ),
            service_token=env.secret("SERVICE_TOKEN", strong=not is_demo),
            seal_keys=_key(env, "LEADS_SEAL_KEYS", KeyRing.read),
            event_keys=_key(env, "EVENT_SEAL_KEYS", KeyRing.read),
            hash_key=_key(env, "LEADS_HASH_KEY", HashKey.read),
            verify_keys=_key(env, "DIRECTORY_VERIFY_KEYS", VerifyKeys.read),
            comments_key=_key(env, "COMMENTS_SIGNING_KEY", SigningKey.read)
            if env.text("COMMENTS_SIGNING_KEY", "")
            else None,
            rate_per_address=env.integer("LEADS_RATE_PER_ADDRESS", 100, at_least=1),
            rate_per_clinic=env.integer("LEADS_RATE_PER_CLINIC", 600, at_least=1),
            demo=is_demo,
            desk_host=desk_host,
            desk_url=f"http://{desk_host}:{env.integer('PUBLIC_PORT', 8000, at_most=65535)}"
            if is_demo
            else f"https://{desk_host}",
        )
        env.raise_problems()
        return settings


def migration_url(environ: Mapping[str, str]) -> str:
    """The owner's database URL.  Raises contract.env.SettingsError."""
    env = Env(environ)
    url = env.url("LEADS_MIGRATION_DATABASE_URL", schemes=("postgresql",))
    env.raise_problems()
    return url


# stands in for a key that was reported as a problem
UNUSABLE = "k0:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def _key(env: Env, name: str, read: Callable[[str], T]) -> T:
    text = env.text(name)
    try:
        return read(text.strip() or UNUSABLE)
    except KeyFileError as error:
        env.problems.append(f"{name}: {error}")
        return read(UNUSABLE)
