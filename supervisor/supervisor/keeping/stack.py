"""The installation of `make up`: containers, volumes and a folder of secrets."""

import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from supervisor.keeping import KeepingError
from supervisor.keeping.archive import Packer
from supervisor.keeping.envfile import read_env
from supervisor.keeping.postgres import Server

STATE, SPOOL = "/var/lib/frontdesk/state", "/var/lib/frontdesk/spool"
# what is kept of a volume -> the service that may write it, and where that has it
STATES = {
    "spool": ("leads", SPOOL),
    "content": ("content-publisher", STATE),
    "leads": ("leads", STATE),
    "notify": ("notify", STATE),
}
# a file may go while it is read: 1 says no more than that
TAR = 'tar -C "$0" -cf - . || [ $? = 1 ]'
OWN_SECRETS = ("notify_email_providers", "notify_sms_providers")  # an operator's, not made by us
DOCKER = ("docker", "compose")


class Stack:
    """The compose project of this folder, with the settings of environment and .env."""

    kind = "compose"

    def __init__(self, environ: Mapping[str, str], root: Path) -> None:
        self._environ = dict(environ)
        self._settings = {**read_env(root / ".env"), **environ}
        self._root = root

    @property
    def where(self) -> str:
        return "the compose stack"

    @property
    def is_demo(self) -> bool:
        return self.setting("FRONTDESK_DEMO", "0") == "1"

    @property
    def secrets(self) -> Path:
        return self._root / self.setting("SECRETS_DIR", "./secrets")

    def setting(self, name: str, default: str) -> str:
        return self._settings.get(name) or default

    def folders(self) -> dict[str, Path]:
        return {
            name: self._root / self.setting(f"{name.upper()}_DIR", f"./{name}")
            for name in ("clinics", "library", "alerts")
        }

    def provider_urls(self, channel: str) -> str:
        """As notify is told them: a value wins over the file."""
        name = f"notify_{channel}_providers"
        path = self.secrets / name
        file = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
        return self.setting(name.upper(), file)

    def services(self) -> list[str]:
        return self._call("config", "--services").decode().split()

    def containers(self) -> dict[str, str]:
        """Service -> running, restarting, exited …, with its health; {} without an engine."""
        try:
            raw = self._call("ps", "--all", "--format", "json")
        except (KeepingError, OSError):
            return {}
        lines = [json.loads(line) for line in raw.decode().splitlines() if line.startswith("{")]
        return {one["Service"]: one.get("Health") or one["State"] for one in lines}

    @property
    def runs(self) -> bool:
        return self.containers().get("postgres") in {"healthy", "running", "starting"}

    def volumes(self) -> list[str]:
        """Those of the project that hold data."""
        config = json.loads(self._call("config", "--format", "json"))
        names = {volume["name"] for volume in config["volumes"].values()}
        listed = subprocess.run(
            ["docker", "volume", "ls", "--quiet"], capture_output=True, text=True, check=True
        )
        return sorted(names & set(listed.stdout.split()))

    @contextmanager
    def server(self) -> Iterator[Server]:
        yield Server(
            command=(*DOCKER, "exec", "-T", "postgres", "PROGRAM", "-U", "postgres"),
            environ=self._environ,
        )

    def add_spool(self, packer: Packer) -> None:
        self._add("spool", packer)

    def add_state(self, packer: Packer) -> None:
        for name in STATES:
            if name != "spool":
                self._add(name, packer)
        for name in OWN_SECRETS:
            if (self.secrets / name).is_file():
                packer.add(f"secrets/{name}", io.BytesIO((self.secrets / name).read_bytes()))
        if (self._root / ".env").is_file():
            packer.add("secrets/.env", io.BytesIO((self._root / ".env").read_bytes()))

    def _add(self, name: str, packer: Packer) -> None:
        service, folder = STATES[name]
        raw = self._call("exec", "-T", service, "sh", "-c", TAR, folder)
        with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
            for entry in tar:
                if content := tar.extractfile(entry):
                    packer.add(f"state/{name}/{entry.name.removeprefix('./')}", content)

    def put_state(self, name: str, folder: Path) -> None:
        """Fill the volume of the service `name` with the files of `folder`."""
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w") as tar:
            for path in sorted(folder.rglob("*")):
                tar.add(path, path.relative_to(folder).as_posix(), filter=_nobodys)
        service, target = STATES[name]
        once = ("run", "--rm", "--no-deps", "-T", service)
        self._call(*once, "tar", "-C", target, "-xf", "-", stdin=raw.getvalue())

    def run_once(self, service: str, *command: str, stdin: str = "") -> str:
        """Run a one-shot service, or `command` in the image of one; what it prints."""
        once = ("run", "--rm", "--no-deps", "-T", service, *command)
        return self._call(*once, stdin=stdin.encode()).decode()

    def execute(self, service: str, *command: str) -> str:
        """In the running container."""
        return self._call("exec", "-T", service, *command).decode()

    def start_database(self) -> None:
        self._deploy("build")
        self._deploy("secrets")
        self._call("up", "--detach", "--wait", "postgres")

    def _deploy(self, part: str) -> None:
        run = subprocess.run(
            [str(self._root / "deploy" / "up"), part], env=self._environ, check=False
        )
        if run.returncode != 0:
            raise KeepingError(f"deploy/up {part} failed: see above")

    def _call(self, *arguments: str, stdin: bytes = b"") -> bytes:
        run = subprocess.run(
            [*DOCKER, *arguments],
            env=self._environ,
            cwd=self._root,
            input=stdin,
            capture_output=True,
            check=False,
        )
        if run.returncode != 0:
            last = run.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise KeepingError(f"docker compose {arguments[0]} failed: {last}")
        return run.stdout


def stack_here(environ: Mapping[str, str] | None = None) -> Stack:
    return Stack(os.environ if environ is None else environ, Path.cwd())


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Owners are given by whoever unpacks it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
