"""What notify must be told at start, read once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from contract.demo import bind, demo
from contract.directory import normal_host
from contract.env import Env
from notify.providers import ProviderUrl, UnusableProvider, read_urls
from notify.providers.accounts import is_address, problems
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
    public_url: str  # of the desk's host, for Twilio's reports; "": it sends none
    operator_email: str  # hears when a contact opts out of texts; "": nobody does
    bounce_secret: str  # signs reports of bounced mail; "": none is believed
    worker_concurrency: int
    sweep_s: int  # 0: no sweep
    texts_per_clinic: int  # a day
    desk_host: str  # normal form
    desk_url: str  # where links in messages lead, without a slash at the end
    synthetic_s: int  # a test request every so often; 0: none
    edge_url: str  # where test requests are sent
    edge_verified: bool  # its certificates are public ones
    heartbeat_url: str  # of the operator: asked whenever a test request has come through; "": none

    @property
    def channels(self) -> frozenset[str]:
        """Those that a provider is configured for."""
        urls = {"email": self.email_providers, "sms": self.sms_providers}
        return frozenset(channel for channel, configured in urls.items() if configured)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Raises contract.env.SettingsError with every mistake."""
        env = Env(environ)
        is_demo = demo(env)
        desk_host = normal_host(env.text("DESK_HOST", "desk.localhost" if is_demo else None))
        public_port = env.integer("PUBLIC_PORT", 8000, at_most=65535)
        edge_tls = env.text("EDGE_TLS", "off" if is_demo else "auto")
        settings = cls(
            demo=is_demo,
            bind=bind(env, "NOTIFY_BIND"),
            port=env.integer("NOTIFY_PORT", 8003, at_most=65535),
            health_port=env.integer("HEALTH_PORT", 9000, at_most=65535),
            database_url=env.url(
                "NOTIFY_DATABASE_URL", schemes=("postgresql",), strong=not is_demo
            ),
            redis_url=env.url("REDIS_URL", schemes=("redis",), strong=not is_demo),
            state_dir=env.folder("NOTIFY_STATE_DIR"),
            alerts_dir=env.folder("ALERTS_DIR"),
            leads_url=env.url("LEADS_URL", schemes=("http", "https"), default="http://leads:8002"),
            service_token=env.secret("SERVICE_TOKEN", strong=not is_demo),
            verify_keys=_key(env, "DIRECTORY_VERIFY_KEYS", VerifyKeys.read),
            event_keys=_key(env, "EVENT_SEAL_KEYS", KeyRing.read),
            email_providers=_providers(env, "NOTIFY_EMAIL_PROVIDERS", "email", demo=is_demo),
            sms_providers=_providers(env, "NOTIFY_SMS_PROVIDERS", "sms", demo=is_demo),
            public_url=env.url("NOTIFY_PUBLIC_URL", schemes=("https", "http"), default=""),
            operator_email=_address(env, "OPERATOR_EMAIL"),
            bounce_secret=env.text("NOTIFY_BOUNCE_SECRET", "")
            and env.secret("NOTIFY_BOUNCE_SECRET", strong=True),
            worker_concurrency=env.integer("NOTIFY_WORKER_CONCURRENCY", 2, at_least=1, at_most=64),
            sweep_s=env.integer("NOTIFY_SWEEP_SECONDS", 1, at_most=60),
            texts_per_clinic=env.integer("NOTIFY_TEXTS_PER_CLINIC", 500, at_most=1_000_000),
            desk_host=desk_host,
            desk_url=f"http://{desk_host}:{public_port}" if is_demo else f"https://{desk_host}",
            synthetic_s=env.integer("NOTIFY_SYNTHETIC_SECONDS", 300, at_most=86_400),
            edge_url=env.url(
                "NOTIFY_EDGE_URL",
                schemes=("https", "http"),
                default="http://edge:8080" if edge_tls == "off" else "https://edge:8443",
            ),
            edge_verified=edge_tls != "internal",
            heartbeat_url=env.url("OPERATOR_HEARTBEAT_URL", schemes=("https", "http"), default=""),
        )
        env.raise_problems()
        return settings


def migration_url(environ: Mapping[str, str]) -> str:
    """The owner's database URL.  Raises contract.env.SettingsError."""
    env = Env(environ)
    url = env.url("NOTIFY_MIGRATION_DATABASE_URL", schemes=("postgresql",))
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


def _address(env: Env, name: str) -> str:
    address = env.text(name, "")
    if address and not is_address(address):
        env.problems.append(f"{name}: must be a mail address")
    return address


def _providers(env: Env, name: str, channel: str, *, demo: bool) -> tuple[ProviderUrl, ...]:
    """Provider URLs in order; none is allowed here and reported by /readyz."""
    try:
        urls = read_urls(env.text(name, ""), channel, demo=demo)
    except UnusableProvider as error:
        env.problems.append(f"{name}: {error}")
        return ()
    env.problems += [f"{name}: {problem}" for problem in problems(urls)]
    return urls
