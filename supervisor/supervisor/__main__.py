"""``python -m supervisor run``: one copy of everything, in the foreground."""

import argparse
import asyncio
import os
import signal
import sys
from types import FrameType

from contract.env import SettingsError
from supervisor.addresses import addresses
from supervisor.cluster import ClusterError
from supervisor.console import Console
from supervisor.datadir import DataDir, DataDirError
from supervisor.identity import IdentityError
from supervisor.links import owner_link
from supervisor.prepare import PortTakenError, prepare
from supervisor.settings import Settings
from supervisor.supervise import STOP_SIGNALS, Supervisor


def run(console: Console) -> int:
    settings = Settings.from_env(os.environ)
    data = DataDir(settings.data_dir)
    data.take()
    env, table = prepare(settings, data, say=console.say)

    def announce() -> None:
        link = owner_link(env)
        console.say(addresses(env.hosts_file, settings.port, desk_link=link))
        console.say("frontdesk: ready")

    async def supervise() -> int:
        supervisor = Supervisor(table, data=data, console=console, on_ready=announce)
        return await supervisor.run()

    return asyncio.run(supervise())


def end_quietly(_number: int, _frame: FrameType | None) -> None:
    """Asked to stop before there is anything to stop."""
    raise SystemExit(0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m supervisor", description=__doc__)
    parser.add_argument("command", choices=["run"])
    parser.parse_args()
    for number in STOP_SIGNALS:
        signal.signal(number, end_quietly)
    console = Console()
    try:
        return run(console)
    except SettingsError as error:
        for problem in error.problems:
            console.say(f"frontdesk: {problem}")
    except (DataDirError, PortTakenError, IdentityError, ClusterError) as error:
        console.say(f"frontdesk: {error}")
    finally:
        console.close()
    return 1


if __name__ == "__main__":
    sys.exit(main())
