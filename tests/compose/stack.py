"""Production as `make up` starts it, in a project, on ports and with secrets of its own."""

import json
import os
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import free_port
from tests.system.edge import Edge

ROOT = Path(__file__).parents[2]
ENGINE_UP = "../shared/docker-lab/up"  # brings an engine up where there is none
ONE_SHOT = {"provision", "leads-migrate", "notify-migrate"}
MAILBOX = "mailbox"  # beside the stack, for tests alone
FILES = ("docker-compose.yml", "docker-compose.demo.yml", "tests/compose/mailbox.yml")
BUILT_WITHIN_S = 900
UP_WITHIN_S = 300
DOWN_WITHIN_S = 120


class NoEngine(Exception):  # noqa: N818 - read as a sentence
    """There is no Docker Engine to test on; the message says what was tried."""


def need_engine() -> None:
    """Return when `docker info` answers, bringing an engine up where that is possible."""
    if _engine_answers():
        return
    program = Path(os.environ.get("DOCKER_LAB_UP") or ROOT / ENGINE_UP)
    if not program.is_file():
        raise NoEngine(
            "docker info does not answer: start the Docker daemon, or set DOCKER_LAB_UP to a "
            f"program that starts one ({program} is not there)"
        )
    run = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    if run.returncode != 0 or not _engine_answers():
        raise NoEngine(f"{program} brought no engine up:\n{run.stdout}{run.stderr}")


def _engine_answers() -> bool:
    try:
        run = subprocess.run(["docker", "info"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return run.returncode == 0


@dataclass
class Stack(Edge):
    """A running compose project, spoken to through its edge.  `up_s`: how long it took to start."""

    project: str
    environ: dict[str, str]
    up_s: float = 0.0
    root: Path = ROOT  # the repository that `make up` is run in

    def compose(self, *arguments: str, check: bool = True, seconds: float = 120) -> str:
        return self.run("docker", "compose", *arguments, check=check, seconds=seconds)

    def run(self, *command: str, check: bool = True, seconds: float = 120) -> str:
        """What the command prints, mistakes as well."""
        run = subprocess.run(
            command,
            cwd=self.root,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert not check or run.returncode == 0, f"{command}: {run.stdout[-4000:]}"
        return run.stdout

    def bring_up(self) -> None:
        """`make up`; what the containers said when it fails."""
        start = time.monotonic()
        said = self.run("make", "up", check=False, seconds=UP_WITHIN_S)
        self.up_s = time.monotonic() - start
        if "*** [" in said:
            logs = self.compose("logs", "--tail", "15", check=False)
            raise AssertionError(f"{said[-2000:]}\n{logs}")

    def containers(self) -> dict[str, dict[str, Any]]:
        """What `docker inspect` says of each container of the stack, by service."""
        return {name: one for name, one in self._inspect().items() if name != MAILBOX}

    def _inspect(self) -> dict[str, dict[str, Any]]:
        label = f"label=com.docker.compose.project={self.project}"
        ids = self.run("docker", "ps", "--all", "--quiet", "--filter", label).split()
        found = json.loads(self.run("docker", "inspect", *ids))
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def start(self, service: str) -> None:
        """Start one container again, and nothing that it depends on."""
        self.run("docker", "start", self.containers()[service]["Id"])

    def is_healthy(self, service: str) -> bool:
        state = self.containers()[service]["State"]
        return bool(state["Running"] and state["Health"]["Status"] == "healthy")

    def mails(self) -> list[dict[str, Any]]:
        """What the mail server took, oldest first, as tests/providers/smtp_sink.py prints it."""
        printed = self.run("docker", "logs", self._inspect()[MAILBOX]["Id"])
        return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]

    def mailed(self) -> set[str]:
        """The references that a mail was about."""
        return {mail["reference"] for mail in self.mails()}

    def references(self) -> set[str]:
        """Of all leads that are stored."""
        query = "SELECT reference FROM lead WHERE NOT demo AND clinic <> '~synthetic'"
        told = ("psql", "-U", "postgres", "-d", "leads", "-At", "-c", query)
        return set(self.compose("exec", "-T", "postgres", *told).split())


def surroundings(folder: Path, project: str, port: int) -> dict[str, str]:
    """The environment of `make up` for a demo that is apart from all else on this machine.

    Texts are captured; e-mail goes to the mail server beside the stack.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFY_")}
    return kept | {
        "COMPOSE_PROJECT_NAME": project,
        "COMPOSE_FILE": ":".join(FILES),
        "COMPOSE_ANSI": "never",
        "FRONTDESK_DEMO": "1",
        "EDGE_BIND": "127.0.0.1",
        "EDGE_HTTP_PORT": str(port),
        "EDGE_HTTPS_PORT": str(free_port()),
        "SECRETS_DIR": str(folder / "secrets"),
        "NOTIFY_EMAIL_PROVIDERS": f"smtp://{MAILBOX}:2525/?tls=none&from=alerts@clinics.example",
        "TEST_PACKAGES": sysconfig.get_paths()["purelib"],
    }


@contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """`make up` from nothing, and at the end `down` with all its volumes."""
    port = free_port()
    project = f"frontdesk-test-{port}"
    stack = Stack(port=port, project=project, environ=surroundings(folder, project, port))
    stack.run("deploy/up", "build", seconds=BUILT_WITHIN_S)
    try:
        stack.bring_up()
        yield stack
    finally:
        stack.http.close()
        stack.compose("down", "--volumes", "--timeout", "5", seconds=DOWN_WITHIN_S)
