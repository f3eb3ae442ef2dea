"""Read a text file of a clinic, and say what is wrong with it."""

import re
import stat
import time
import tomllib
from pathlib import Path
from typing import Any

from content.locate import key_lines
from content.mistakes import Mistakes
from content.tables import Source, Table

MAX_BYTES = 1024 * 1024
FENCE = "+++"
READS = 4  # of a file that changes meanwhile
PAUSE_S = 0.05

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")


class NotSteady(Exception):  # noqa: N818 - what happened
    """A file changed each time while it was read."""


def read_text(path: Path, mistakes: Mistakes, *, holds: str) -> str | None:
    """The text of `path`; None (and a mistake) when it is not a readable UTF-8 text."""
    try:
        raw = _steady_bytes(path)
    except NotSteady:
        what, remedy = "changes while it is read", "nothing: it is read again when it is written"
        mistakes.add(path, 1, what, remedy, holds=holds)
        return None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        mistakes.add(path, 1, f"cannot be read: {reason}", "check the file", holds=holds)
        return None
    if raw is None:
        mistakes.add(path, 1, "is no plain file", "put a text file here", holds=holds)
        return None
    if len(raw) > MAX_BYTES:
        mistakes.add(path, 1, "is over 1 MiB", "shorten it or split it", holds=holds)
        return None
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        mistakes.add(path, line, "is not UTF-8 text", "save the file as UTF-8", holds=holds)
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _steady_bytes(path: Path) -> bytes | None:
    """The bytes of a file that stayed the same meanwhile, at most one more than MAX_BYTES; None for
    what is no plain file (a pipe would be waited for for ever)."""
    for _ in range(READS):
        before = path.stat()
        if not stat.S_ISREG(before.st_mode):
            return None
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        after = path.stat()
        if (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size):
            return raw
        time.sleep(PAUSE_S)
    raise NotSteady


def read_toml(
    text: str, path: Path, mistakes: Mistakes, *, holds: str, first_line: int = 1
) -> Table | None:
    """`text` as a table; None (and a mistake with its line) when it is not TOML."""
    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = int(at.group(1)) if at else text.count("\n") + 1
        what = _AT_LINE.sub("", str(error)).removesuffix(" (at end of document)")
        mistakes.add(
            path, first_line + line - 1, what, "correct the TOML on this line", holds=holds
        )
        return None
    lines = key_lines(text, first_line=first_line)
    return Table(raw, Source(path=path, lines=lines, mistakes=mistakes, holds=holds))


def split_front_matter(text: str) -> tuple[str, str, int] | None:
    """(front matter, body, line on which the body starts); None without a front matter."""
    lines = text.split("\n")
    if lines[0].strip() != FENCE:
        return None
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() == FENCE:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2
    return None
