"""What `make run` reads from its own environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from contract.env import Env

ROOT = Path(__file__).resolve().parents[2]
# What any program may need to find its way about the machine; nothing else is handed down.
SURROUNDINGS = ("PATH", "HOME", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
# Settings of a service that are passed on only where somebody has set them.
OPTIONAL = {
    "content": (),
    "leads": ("LEADS_RATE_PER_ADDRESS", "LEADS_RATE_PER_CLINIC"),
    "notify": (
        "NOTIFY_SWEEP_SECONDS",
        "NOTIFY_TEXTS_PER_CLINIC",
        "NOTIFY_WORKER_CONCURRENCY",
        "NOTIFY_PUBLIC_URL",
        "NOTIFY_SYNTHETIC_SECONDS",
        "OPERATOR_HEARTBEAT_URL",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    port: int  # of the edge: the one public port
    data_dir: Path
    clinics_dir: Path
    library_dir: Path
    alerts_dir: Path
    email_providers: str
    sms_providers: str
    surroundings: Mapping[str, str]
    optional: Mapping[str, Mapping[str, str]]  # by service
    caddyfile: Path = ROOT / "edge" / "Caddyfile"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError with all mistakes.  Relative folders are those of the caller."""
        env = Env(environ)
        settings = cls(
            port=env.integer("PORT", 8000, at_least=1, at_most=65535),
            data_dir=Path(env.text("DATA_DIR", "./.data")).expanduser().absolute(),
            clinics_dir=env.folder("CLINICS_DIR", "./clinics").absolute(),
            library_dir=env.folder("LIBRARY_DIR", "./library").absolute(),
            alerts_dir=env.folder("ALERTS_DIR", "./alerts").absolute(),
            email_providers=env.text("NOTIFY_EMAIL_PROVIDERS", "capture://"),
            sms_providers=env.text("NOTIFY_SMS_PROVIDERS", "capture://"),
            surroundings={
                "LANG": "C.UTF-8",
                **{name: environ[name] for name in SURROUNDINGS if name in environ},
            },
            optional={
                service: {name: environ[name] for name in names if environ.get(name)}
                for service, names in OPTIONAL.items()
            },
        )
        env.raise_problems()
        return settings
