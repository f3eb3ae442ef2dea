"""Find the running copy: the settings under which `make run` started the processes.

A command that is typed beside a running copy has no settings of its own; it reads those in
``DATA_DIR/run/env``.
"""

from collections.abc import Mapping
from pathlib import Path


def environment(environ: Mapping[str, str], *, unless: str) -> dict[str, str]:
    """`environ`, completed from ``DATA_DIR/run/env`` when `unless` (or `unless`_FILE) is not set.

    What is set in `environ` wins.  Without such a file it is `environ` alone.
    """
    if unless in environ or f"{unless}_FILE" in environ:
        return dict(environ)
    path = Path(environ.get("DATA_DIR", ".data")) / "run" / "env"
    if not path.is_file():
        return dict(environ)
    lines = path.read_text(encoding="utf-8").splitlines()
    known = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return known | dict(environ)
