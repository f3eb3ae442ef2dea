"""The table: every process of one copy, what it is told and what it waits for.

Compose runs the same commands with the same settings (docker-compose.yml).
"""

import sys
from collections.abc import Sequence
from functools import partial
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
PROVISIONED = ("provision",)
PUBLISHED = ("content-publisher",)
LEADS = ("leads-migrate", "content-publisher")
NOTIFY = ("notify-migrate", "content-publisher")
WEB = ("content", "leads", "notify")


def table(env: Environment, *, postgres: Sequence[str], postgres_identity: str) -> list[Process]:
    """Each process stands below those it comes after.  `postgres`: the server's arguments."""
    once, serve = partial(_once, env), partial(_service, env)
    return [
        _postgres(env, postgres, postgres_identity),
        _redis(env),
        once("provision", "plumbing.provision", settings=env.provision(), after=("postgres",)),
        once("leads-migrate", "leads", "migrate", settings=env.leads_owner(), after=PROVISIONED),
        once("notify-migrate", "notify", "migrate", settings=env.notify_owner(), after=PROVISIONED),
        _publisher(env),
        serve("content", "content", "serve", settings=env.content(), after=PUBLISHED),
        serve("leads", "leads", "serve", settings=env.leads(), after=LEADS),
        serve("leads-relay", "leads", "relay", settings=env.leads_relay(), after=LEADS),
        serve("leads-consumer", "leads", "consumer", settings=env.leads_consumer(), after=LEADS),
        serve("notify", "notify", "serve", settings=env.notify(), after=NOTIFY),
        serve("notify-worker", "notify", "worker", settings=env.notify(), after=NOTIFY),
        serve("notify-dispatcher", "notify", "dispatcher", settings=env.notify(), after=NOTIFY),
        serve("notify-relay", "notify", "relay", settings=env.notify_relay(), after=NOTIFY),
        _edge(env),
    ]


def _once(
    env: Environment, name: str, *command: str, settings: dict[str, str], after: tuple[str, ...]
) -> Process:
    """Runs to its end before those that wait for it start."""
    return Process(
        name=name,
        argv=(sys.executable, "-m", *command),
        env=settings,
        cwd=env.data.root,
        after=after,
        once=True,
    )


def _service(
    env: Environment, name: str, *command: str, settings: dict[str, str], after: tuple[str, ...]
) -> Process:
    port = env.ports[name]
    health = {} if name in WEB else {"HEALTH_PORT": str(port)}
    return Process(
        name=name,
        argv=(sys.executable, "-m", *command),
        env={**settings, **health},
        cwd=env.data.root,
        after=after,
        ready=(Answers(port=port),),
        port=port,
    )


def _postgres(env: Environment, arguments: Sequence[str], identity: str) -> Process:
    port = env.ports["postgres"]
    return Process(
        name="postgres",
        argv=tuple(arguments),
        env=env.surroundings,
        cwd=env.data.postgres,
        ready=(Listens(port=port),),
        port=port,
        stop_signal=SIGINT,  # ends the sessions; SIGTERM would wait for them
        identity=identity,
    )


def _redis(env: Environment) -> Process:
    port = env.ports["redis"]
    return Process(
        name="redis",
        argv=(str(redis_program()), str(env.data.run / "redis.conf")),
        env=env.surroundings,
        cwd=env.data.redis,
        ready=(Pongs(port=port, password=env.secrets.redis_password),),
        port=port,
    )


def _publisher(env: Environment) -> Process:
    port = env.ports["content-publisher"]
    return Process(
        name="content-publisher",
        argv=(sys.executable, "-m", "content", "publish", "--watch"),
        env={**env.publisher(), "HEALTH_PORT": str(port)},
        cwd=env.data.root,
        after=("redis",),
        # the edge and leads read what it writes
        ready=(Answers(port=port), Exists(path=env.hosts_file)),
        port=port,
    )


def _edge(env: Environment) -> Process:
    caddyfile, port = env.settings.caddyfile, env.settings.port
    watched = str(caddyfile.with_name("run.py"))
    caddy = str(Path(sys.executable).with_name("caddy"))
    return Process(
        name="edge",
        argv=(sys.executable, "-I", "-S", watched, caddy, str(caddyfile)),
        env=env.edge(),
        cwd=env.data.root,
        after=WEB,
        ready=(Answers(port=port, any_status=True),),
        port=port,
    )
