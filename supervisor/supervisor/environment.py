"""What each process is told, and no more than that: its whole environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from supervisor.cluster import SUPERUSER
from supervisor.datadir import DataDir
from supervisor.keys import Secrets
from supervisor.ports import LOOPBACK
from supervisor.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One copy: its settings, folders, secrets and ports by process."""

    settings: Settings
    data: DataDir
    secrets: Secrets
    ports: Mapping[str, int]

    @property
    def surroundings(self) -> dict[str, str]:
        return dict(self.settings.surroundings)

    @property
    def hosts_file(self) -> Path:
        return self.data.sites / "hosts.json"

    def provision(self) -> dict[str, str]:
        return {
            **self.surroundings,
            "ADMIN_DATABASE_URL": self._database(
                SUPERUSER, self.secrets.postgres_password, "postgres"
            ),
            "PROVISION": "leads,notify",
            **self._leads_databases(),
            **self._notify_databases(),
        }

    def leads_owner(self) -> dict[str, str]:
        url = self._leads_databases()["LEADS_MIGRATION_DATABASE_URL"]
        return {**self._common(), "LEADS_MIGRATION_DATABASE_URL": url}

    def notify_owner(self) -> dict[str, str]:
        url = self._notify_databases()["NOTIFY_MIGRATION_DATABASE_URL"]
        return {**self._common(), "NOTIFY_MIGRATION_DATABASE_URL": url}

    def publisher(self) -> dict[str, str]:
        return {
            **self._common(),
            **self.settings.optional["content"],
            "CLINICS_DIR": str(self.settings.clinics_dir),
            "LIBRARY_DIR": str(self.settings.library_dir),
            "SITES_DIR": str(self.data.sites),
            "CONTENT_STATE_DIR": str(self.data.state("content")),
            "DIRECTORY_SIGNING_KEY_FILE": str(self.secrets.directory_signing_key),
            "COMMENTS_VERIFY_KEYS_FILE": str(self.secrets.comments_verify_keys),
        }

    def content(self) -> dict[str, str]:
        return {
            **self._common(),
            **self.settings.optional["content"],
            "CONTENT_PORT": str(self.ports["content"]),
            "CLINICS_DIR": str(self.settings.clinics_dir),
            "LIBRARY_DIR": str(self.settings.library_dir),
            "SITES_DIR": str(self.data.sites),
            "LEADS_URL": self._url("leads"),
            "NOTIFY_URL": self._url("notify"),
        }

    def leads(self) -> dict[str, str]:
        return {
            **self._common(),
            **self.settings.optional["leads"],
            "LEADS_PORT": str(self.ports["leads"]),
            "LEADS_DATABASE_URL": self._leads_databases()["LEADS_DATABASE_URL"],
            "LEADS_STATE_DIR": str(self.data.state("leads")),
            "LEADS_SPOOL_DIR": str(self.data.root / "spool"),
            "NOTIFY_URL": self._url("notify"),
            "SITES_DIR": str(self.data.sites),
            "DIRECTORY_VERIFY_KEYS_FILE": str(self.secrets.directory_verify_keys),
            "LEADS_SEAL_KEYS_FILE": str(self.secrets.leads_seal_keys),
            "LEADS_HASH_KEY_FILE": str(self.secrets.leads_hash_key),
            "EVENT_SEAL_KEYS_FILE": str(self.secrets.event_seal_keys),
            "SERVICE_TOKEN_FILE": str(self.secrets.service_token),
        }

    def leads_consumer(self) -> dict[str, str]:
        """Background processes have a database role of their own."""
        url = self._leads_databases()["LEADS_JOBS_DATABASE_URL"]
        told = {**self.leads(), "LEADS_JOBS_DATABASE_URL": url}
        del told["LEADS_DATABASE_URL"]
        return told

    def leads_relay(self) -> dict[str, str]:
        return {
            **self.leads_consumer(),
            "COMMENTS_SIGNING_KEY_FILE": str(self.secrets.comments_signing_key),
        }

    def notify(self) -> dict[str, str]:
        return {
            **self._common(),
            **self.settings.optional["notify"],
            "NOTIFY_PORT": str(self.ports["notify"]),
            "NOTIFY_DATABASE_URL": self._notify_databases()["NOTIFY_DATABASE_URL"],
            "NOTIFY_STATE_DIR": str(self.data.state("notify")),
            "ALERTS_DIR": str(self.settings.alerts_dir),
            "DIRECTORY_VERIFY_KEYS_FILE": str(self.secrets.directory_verify_keys),
            "EVENT_SEAL_KEYS_FILE": str(self.secrets.event_seal_keys),
            "SERVICE_TOKEN_FILE": str(self.secrets.service_token),
            "NOTIFY_EMAIL_PROVIDERS": self.settings.email_providers,
            "NOTIFY_SMS_PROVIDERS": self.settings.sms_providers,
            "NOTIFY_EDGE_URL": f"http://{LOOPBACK}:{self.settings.port}",
        }

    def notify_relay(self) -> dict[str, str]:
        return {**self.notify(), "LEADS_URL": self._url("leads")}

    def edge(self) -> dict[str, str]:
        state = self.data.state("edge")
        return {
            **self.surroundings,
            "FRONTDESK_DEMO": "1",
            "EDGE_HTTP_PORT": str(self.settings.port),
            "EDGE_BIND": LOOPBACK,
            "SITES_DIR": str(self.data.sites),
            "CONTENT_ADDR": f"{LOOPBACK}:{self.ports['content']}",
            "LEADS_ADDR": f"{LOOPBACK}:{self.ports['leads']}",
            "NOTIFY_ADDR": f"{LOOPBACK}:{self.ports['notify']}",
            # Caddy keeps its own files where these say, else in the home folder
            "XDG_DATA_HOME": str(state),
            "XDG_CONFIG_HOME": str(state),
        }

    def of_the_copy(self) -> dict[str, str]:
        """Everything a command that is typed beside the running copy may need."""
        told = {
            **self.publisher(),
            **self.content(),
            **self.leads_relay(),
            **self.notify_relay(),
            **self._leads_databases(),
            **self._notify_databases(),
        }
        return {name: told[name] for name in told.keys() - self.settings.surroundings.keys()}

    def _common(self) -> dict[str, str]:
        password, port = self.secrets.redis_password, self.ports["redis"]
        return {
            **self.surroundings,
            "PYTHONUNBUFFERED": "1",
            "FRONTDESK_DEMO": "1",
            "EDGE_BIND": LOOPBACK,
            "PUBLIC_PORT": str(self.settings.port),
            "REDIS_URL": f"redis://:{password}@{LOOPBACK}:{port}/0",
        }

    def _leads_databases(self) -> dict[str, str]:
        owner, app = self.secrets.leads_owner_password, self.secrets.leads_app_password
        return {
            "LEADS_MIGRATION_DATABASE_URL": self._database("leads_owner", owner, "leads"),
            "LEADS_DATABASE_URL": self._database("leads_app", app, "leads"),
            "LEADS_JOBS_DATABASE_URL": self._database(
                "leads_jobs", self.secrets.leads_jobs_password, "leads"
            ),
        }

    def _notify_databases(self) -> dict[str, str]:
        owner, app = self.secrets.notify_owner_password, self.secrets.notify_app_password
        return {
            "NOTIFY_MIGRATION_DATABASE_URL": self._database("notify_owner", owner, "notify"),
            "NOTIFY_DATABASE_URL": self._database("notify_app", app, "notify"),
        }

    def _database(self, role: str, password: str, name: str) -> str:
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.ports['postgres']}/{name}"

    def _url(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[name]}"
