"""The table: every process of one copy, what it is told and what it waits for.

Compose runs the same commands with the same settings (docker-compose.yml).
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from signal import SIGINT

from supervisor.environment import Environment
from supervisor.probes import Answers, Exists, Listens, Pongs
from supervisor.process import Process
from supervisor.redis import program as redis_program

# The edge has the public port; these get free ones, remembered from start to start.
PRIVATE_PORTS = (
    "postgres",
    "redis",
    "content-publisher",
    "content",
    "leads",
    "leads-relay",
    "leads-consumer",
    "notify",
    "notify-worker",
    "notify-dispatcher",
    "notify-relay",
)
STORES = ("postgres", "redis")
LEADS = ("leads-migrate", "content-publisher")
NOTIFY = ("notify-migrate", "content-publisher")
WEB = ("content", "leads", "notify")


def table(env: Environment, *, postgres: Sequence[str], postgres_identity: str) -> list[Process]:
    """Each process stands below those it comes after.  `postgres`: the server's arguments."""
    data, ports = env.data, env.ports

    def once(name: str, *command: str, settings: dict[str, str], after: tuple[str, ...]) -> Process:
        return Process(
            name=name,
            argv=(sys.executable, "-m", *command),
            env=settings,
            cwd=data.root,
            after=after,
            once=True,
        )

    def service(
        name: str, *command: str, settings: dict[str, str], after: tuple[str, ...]
    ) -> Process:
        health = {} if name in WEB else {"HEALTH_PORT": str(ports[name])}
        return Process(
            name=name,
            argv=(sys.executable, "-m", *command),
            env={**settings, **health},
            cwd=data.root,
            after=after,
            ready=(Answers(port=ports[name]),),
            port=ports[name],
        )

    return [
        Process(
            name="postgres",
            argv=tuple(postgres),
            env=env.surroundings,
            cwd=data.postgres,
            ready=(Listens(port=ports["postgres"]),),
            port=ports["postgres"],
            stop_signal=SIGINT,  # ends the sessions; SIGTERM would wait for them
            identity=postgres_identity,
        ),
        Process(
            name="redis",
            argv=(str(redis_program()), str(data.run / "redis.conf")),
            env=env.surroundings,
            cwd=data.redis,
            ready=(Pongs(port=ports["redis"], password=env.secrets.redis_password),),
            port=ports["redis"],
        ),
        once("provision", "plumbing.provision", settings=env.provision(), after=("postgres",)),
        once("leads-migrate", "leads", "migrate", settings=env.leads_owner(), after=("provision",)),
        once(
            "notify-migrate", "notify", "migrate", settings=env.notify_owner(), after=("provision",)
        ),
        Process(
            name="content-publisher",
            argv=(sys.executable, "-m", "content", "publish", "--watch"),
            env={**env.publisher(), "HEALTH_PORT": str(ports["content-publisher"])},
            cwd=data.root,
            after=("redis",),
            # the edge and leads read what it writes
            ready=(Answers(port=ports["content-publisher"]), Exists(path=env.hosts_file)),
            port=ports["content-publisher"],
        ),
        service(
            "content", "content", "serve", settings=env.content(), after=("content-publisher",)
        ),
        service("leads", "leads", "serve", settings=env.leads(), after=LEADS),
        service("leads-relay", "leads", "relay", settings=env.leads_relay(), after=LEADS),
        service("leads-consumer", "leads", "consumer", settings=env.leads_consumer(), after=LEADS),
        service("notify", "notify", "serve", settings=env.notify(), after=NOTIFY),
        service("notify-worker", "notify", "worker", settings=env.notify(), after=NOTIFY),
        service("notify-dispatcher", "notify", "dispatcher", settings=env.notify(), after=NOTIFY),
        service("notify-relay", "notify", "relay", settings=env.notify_relay(), after=NOTIFY),
        Process(
            name="edge",
            argv=(
                str(Path(sys.executable).with_name("caddy")),
                *("run", "--config", str(env.settings.caddyfile)),
                *("--adapter", "caddyfile", "--watch"),
            ),
            env=env.edge(),
            cwd=data.root,
            after=WEB,
            ready=(Answers(port=env.settings.port, any_status=True),),
            port=env.settings.port,
        ),
    ]
