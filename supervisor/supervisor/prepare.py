"""From settings to a table of processes: what has to be there before the first one starts."""

from collections.abc import Callable

from supervisor.cluster import Cluster
from supervisor.datadir import DataDir
from supervisor.environment import Environment
from supervisor.identity import choose_identity
from supervisor.keys import Secrets
from supervisor.ports import free_ports, is_free
from supervisor.process import Process
from supervisor.processes import PRIVATE_PORTS, table
from supervisor.redis import write_config
from supervisor.settings import Settings


class PortTakenError(Exception):
    """The one public port is in use; the message is for the person at the terminal."""


def prepare(
    settings: Settings, data: DataDir, *, say: Callable[[str], None], allow_guest: bool = True
) -> tuple[Environment, list[Process]]:
    """Make secrets, database folder and files of `data` (taken); the table to start.

    Raises PortTakenError, IdentityError, ClusterError.  `allow_guest=False` does without user
    namespaces, as systems that refuse them.
    """
    if not is_free(settings.port):
        raise PortTakenError(
            f"port {settings.port} is taken by another program: stop it or run with "
            f"PORT={settings.port + 1} make run"
        )
    env = Environment(
        settings=settings,
        data=data,
        secrets=Secrets.in_folder(data.secrets),
        ports=free_ports(PRIVATE_PORTS, remembered=data.run / "ports.json"),
    )
    cluster = Cluster(folder=data.postgres, identity=choose_identity(allow_guest=allow_guest))
    if not cluster.data.exists():
        say("frontdesk | making the database (once)")
    cluster.prepare(env.secrets.postgres_password, env.surroundings)
    write_config(
        data.run / "redis.conf",
        folder=data.redis,
        port=env.ports["redis"],
        password=env.secrets.redis_password,
    )
    data.write_env(env.of_the_copy())
    return env, table(
        env,
        postgres=cluster.argv(env.ports["postgres"]),
        postgres_identity=cluster.identity.launch,
    )
