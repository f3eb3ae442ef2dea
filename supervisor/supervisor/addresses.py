"""The table of addresses that `make run` ends its start with."""

import io
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

WIDTH = 140


def addresses(hosts_file: Path, port: int, *, desk_link: str | None) -> str:
    """A table to print: each clinic's site and what else there is to see on `port`.

    `desk_link`: opens the desk once, without a password.
    """
    table = Table(title="Frontdesk runs on this machine only", title_justify="left")
    table.add_column("what", no_wrap=True)
    table.add_column("address", no_wrap=True)
    for slug, name in _clinics(hosts_file).items():
        table.add_row(name, f"http://{slug}.localhost:{port}/")
    table.add_row("The desk (link for one use)", desk_link or f"http://desk.localhost:{port}/")
    table.add_row("Captured messages", f"http://captured.localhost:{port}/")
    table.add_row("All addresses", f"http://localhost:{port}/")
    text = io.StringIO()
    Console(file=text, width=WIDTH).print(table)
    return text.getvalue().rstrip("\n")


def _clinics(hosts_file: Path) -> dict[str, str]:
    """Slug -> name, from what content has published."""
    hosts = json.loads(hosts_file.read_text(encoding="utf-8"))["hosts"]
    return {host["clinic"]: host["name"] for host in hosts}
