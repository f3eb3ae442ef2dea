"""The one-time link with which a stranger gets to see the desk of this copy."""

import subprocess
import sys

from supervisor.environment import Environment

OWNER = "owner@frontdesk.example"  # a made-up person; the copy sends nothing off this machine
WITHIN_S = 60


def owner_link(env: Environment) -> str | None:
    """A fresh link to the desk of all clinics; None when leads did not make one in time."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "leads", "staff", "add", "--email", OWNER, "--role", "owner"],
            env=env.leads(),
            cwd=env.data.root,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:  # a busy machine: no reason to end what is ready
        return None
    lines = [line for line in done.stdout.splitlines() if line.startswith("http")]
    return lines[0] if done.returncode == 0 and lines else None
