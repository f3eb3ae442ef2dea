""".env: lines NAME=value, as Compose reads them."""

import re
from collections.abc import Mapping
from pathlib import Path

from supervisor.datadir import replace_file

LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$")
PLAIN = re.compile(r"[A-Za-z0-9_./:@,%+=&?-]*")


def read_env(path: Path) -> dict[str, str]:
    """{} where there is no such file."""
    if not path.is_file():
        return {}
    found = map(LINE.match, path.read_text(encoding="utf-8").splitlines())
    return {line[1]: _bare(line[2]) for line in found if line}


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Set `values`; every other line stays as it is.  For the owner's eyes only."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    left = dict(values)
    for number, line in enumerate(lines):
        if (found := LINE.match(line)) and found[1] in values:
            lines[number] = f"{found[1]}={_quoted(values[found[1]])}"
            left.pop(found[1], None)
    lines += [f"{name}={_quoted(value)}" for name, value in left.items()]
    replace_file(path, "\n".join(lines) + "\n")


def _quoted(value: str) -> str:
    """Single quotes: there a dollar sign is a dollar sign."""
    return value if PLAIN.fullmatch(value) else "'" + value.replace("'", "\\'") + "'"


def _bare(raw: str) -> str:
    value = raw.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1].replace("\\'", "'")
    return re.split(r"\s#", value, maxsplit=1)[0].strip()
