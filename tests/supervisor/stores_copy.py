"""The stores of `make run`, really: PostgreSQL, its roles and databases, Redis.

As `python -m supervisor run`, with its settings, for those processes only.  With GUEST=0 as on a
system that refuses user namespaces.
"""

import asyncio
import os
import sys

from supervisor.cluster import ClusterError
from supervisor.console import Console
from supervisor.datadir import DataDir
from supervisor.identity import IdentityError
from supervisor.prepare import prepare
from supervisor.process import Process
from supervisor.settings import Settings
from supervisor.supervise import Supervisor


async def supervise(data: DataDir, table: list[Process], console: Console) -> int:
    supervisor = Supervisor(
        table, data=data, console=console, on_ready=lambda: console.say("frontdesk: ready")
    )
    return await supervisor.run()


def main() -> int:
    console = Console()
    try:
        settings = Settings.from_env(os.environ)
        data = DataDir(settings.data_dir)
        data.take()
        guest = os.environ.get("GUEST") != "0"
        _, table = prepare(settings, data, say=console.say, allow_guest=guest)
        stores = [row for row in table if row.name in {"postgres", "redis", "provision"}]
        return asyncio.run(supervise(data, stores, console))
    except (ClusterError, IdentityError) as error:
        console.say(f"frontdesk: {error}")
        return 1
    finally:
        console.close()


if __name__ == "__main__":
    sys.exit(main())
