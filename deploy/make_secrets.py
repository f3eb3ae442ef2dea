# ruff: noqa: INP001 - a program, not a module
"""Make the secrets of a compose installation that are missing; never replace one.

make_secrets.py FOLDER, run inside the content image (it has the cryptography that is needed, so
the host needs nothing but Docker).

The folder is for its owner alone (0700), which is what protects the files on the host.  The files
themselves may be read by everybody (0444): Compose mounts each one, with its mode on the host,
into the containers that need it, and the users there are not the owner of the folder.
"""

import base64
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from plumbing.files import replace_file
from plumbing.signing import SigningKey

KEY_BYTES = 32
FOR_THE_OWNER = 0o700
FOR_CONTAINERS = 0o444

# What each user may do in Redis: commands, and patterns of keys.  Celery keeps a list for each
# queue, its bindings and what is being worked on; the directory is content's to write,
# the approved comments are leads'.
CELERY = "+@read +@write +@transaction +@connection +@scripting +@blocking -@dangerous +info"
QUEUES = "~_kombu.binding* ~unacked* ~notify.* ~leads.* ~celery*"
REDIS_USERS = {
    "content": "resetchannels ~frontdesk:directory %R~frontdesk:comments"
    " -@all +@connection +get +set",
    "leads": f"resetchannels %R~frontdesk:directory ~frontdesk:comments {QUEUES} -@all {CELERY}",
    "notify": f"resetchannels %R~frontdesk:directory {QUEUES} -@all {CELERY}",
}
# The health check of the container: no password, and no other command.
REDIS_HEALTH = "user health on nopass resetkeys resetchannels -@all +ping"


class Folder:
    """Secrets by file name; each is made at most once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def made_once(self, name: str, make: Callable[[], str]) -> str:
        """The secret of that name, made now when it is missing."""
        path = self._path / name
        if not path.exists():
            replace_file(path, f"{make()}\n".encode("ascii"), mode=FOR_CONTAINERS)
        return path.read_text(encoding="ascii").strip()

    def database(self, variable: str, user: str, name: str) -> None:
        self.made_once(
            variable, lambda: f"postgresql://{user}:{secrets.token_urlsafe()}@postgres:5432/{name}"
        )

    def redis(self, user: str) -> str:
        """The user's line for the list of users of Redis."""
        url = self.made_once(
            f"{user}_redis_url", lambda: f"redis://{user}:{secrets.token_urlsafe()}@redis:6379/0"
        )
        return f"user {user} on >{urlsplit(url).password} {REDIS_USERS[user]}"


def make_all(folder: Folder) -> None:
    password = folder.made_once("postgres_password", secrets.token_urlsafe)
    folder.made_once(
        "admin_database_url", lambda: f"postgresql://postgres:{password}@postgres:5432/postgres"
    )
    for service in ("leads", "notify"):
        folder.database(f"{service}_migration_database_url", f"{service}_owner", service)
        folder.database(f"{service}_database_url", f"{service}_app", service)
    folder.database("leads_jobs_database_url", "leads_jobs", "leads")
    users = [folder.redis(user) for user in REDIS_USERS]
    folder.made_once("redis_users", lambda: "\n".join(["user default off", REDIS_HEALTH, *users]))
    signing = folder.made_once("directory_signing_key", key_line)
    folder.made_once("directory_verify_keys", lambda: SigningKey.read(signing).public_line())
    comments = folder.made_once("comments_signing_key", key_line)
    folder.made_once("comments_verify_keys", lambda: SigningKey.read(comments).public_line())
    for ring in ("leads_seal_keys", "leads_hash_key", "event_seal_keys"):
        folder.made_once(ring, key_line)
    for name in ("service_token", "notify_bounce_secret"):
        folder.made_once(name, secrets.token_urlsafe)
    for providers in ("notify_email_providers", "notify_sms_providers"):
        folder.made_once(providers, str)  # empty: the operator says who carries messages


def key_line() -> str:
    """A key under a fresh id, as key files hold them."""
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")
    return f"{secrets.token_hex(4)}:{key}"


def main(path: Path) -> None:
    path.chmod(FOR_THE_OWNER)
    make_all(Folder(path))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
