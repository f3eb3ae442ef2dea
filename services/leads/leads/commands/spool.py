"""python -m leads spool: the requests on this host's disk that could not be stored."""

import argparse
from datetime import UTC, datetime

from leads.settings import Settings
from plumbing.spool import Spool


def add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=("list", "retry"),
        help="list: what waits and what was set aside; retry: try again what was set aside",
    )


def run(asked: argparse.Namespace, settings: Settings) -> int:
    spool = Spool(settings.spool_dir, settings.seal_keys)
    if asked.what == "retry":
        print(f"{spool.put_back()} requests are tried again by the relay")
        return 0
    standing = spool.standing()
    print(f"{standing.waiting} requests wait for the database, {standing.aside} were set aside")
    for path in spool.set_aside():
        received = datetime.fromtimestamp(int(path.name.partition("-")[0]) / 1e9, UTC)
        print(f"  {received:%Y-%m-%d %H:%M:%S} UTC  {path.suffix.lstrip('.')}  {path}")
    return 0
