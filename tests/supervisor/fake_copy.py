"""A supervisor over a table of small made-up programs: fake_copy.py DATA_DIR TABLE.json

TABLE is a list of {name, code, after, port, once, deadline_s}; `code` is Python, and what has a
port is ready when /healthz on it answers.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from supervisor.console import Console
from supervisor.datadir import DataDir
from supervisor.probes import Answers
from supervisor.process import Process
from supervisor.supervise import Supervisor


def process(row: dict, folder: Path) -> Process:
    port = row.get("port")
    return Process(
        name=row["name"],
        argv=tuple(row.get("argv", ())) or (sys.executable, "-c", row["code"]),
        env={"PATH": os.environ["PATH"], "PORT": str(port), "FOLDER": str(folder)},
        cwd=folder,
        after=tuple(row.get("after", ())),
        ready=(Answers(port=port),) if port else (),
        port=port,
        once=row.get("once", False),
        deadline_s=row.get("deadline_s", 20.0),
    )


async def supervise(data: DataDir, table: list[Process], console: Console) -> int:
    supervisor = Supervisor(
        table, data=data, console=console, on_ready=lambda: console.say("frontdesk: ready")
    )
    return await supervisor.run()


def main() -> int:
    data = DataDir(Path(sys.argv[1]))
    data.take()
    rows = json.loads(Path(sys.argv[2]).read_text())
    console = Console()
    try:
        table = [process(row, data.root) for row in rows]
        return asyncio.run(supervise(data, table, console))
    finally:
        console.close()


if __name__ == "__main__":
    sys.exit(main())
