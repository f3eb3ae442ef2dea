"""clinics/<slug>/redirects.toml: addresses that were, and where their pages are now.

    gone = ["/articles/old-news/"]          # answered 410: there on purpose no more

    [moved]
    "/2019/05/sore-backs/" = "/articles/sore-back/"

A page that is there always wins over a line here.  A line may lead to a draft: it works from the
day on which the draft is published.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from content.files import read_text, read_toml
from content.mistakes import Mistakes
from content.tables import Table
from plumbing.files import replace_file

FILE = "redirects.toml"
LONGEST = 300  # characters of an address
READABLE = 0o644

# what stands in a path, percent signs resolved; the rest has a meaning for the edge
_PATH = re.compile(r"/[^\x00-\x20\x7f\"{}`\\?#<>]*")
_LINE = re.compile(r'\s*"(?P<old>[^"]*)"\s*=\s*"(?P<new>[^"]*)"(?P<rest>.*)')
_HEAD = "# Addresses that were, and where their pages are now.\n\n[moved]\n"

Moved = tuple[tuple[str, str], ...]


def read_redirects(
    folder: Path, mistakes: Mistakes, *, holds: str
) -> tuple[Moved, tuple[str, ...]]:
    """(old address -> new one, the addresses that are gone)."""
    path = folder / FILE
    if not path.exists():
        return (), ()
    text = read_text(path, mistakes, holds=holds)
    table = None if text is None else read_toml(text, path, mistakes, holds=holds)
    if table is None:
        return (), ()
    gone = tuple(address for address in table.texts("gone") if _is_path(table, "gone", address))
    lines = table.table("moved")
    moved = tuple(
        (old, new)
        for old in lines.items()
        for new in [lines.text(old, at_most=LONGEST)]
        if _is_path(lines, old, old) and _is_path(lines, old, new)
    )
    table.finish()
    return moved, gone


def check_redirects(
    folder: Path, moved: Moved, known: frozenset[str], mistakes: Mistakes, *, holds: str
) -> None:
    """Every line leads to a page in one hop.  `known`: every address, those of drafts too."""
    path = folder / FILE
    if not moved:
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    olds = dict(moved)
    for old, new in moved:
        line = next((n for n, text in enumerate(lines, start=1) if f'"{old}"' in text), 1)
        if new in known:
            continue
        if new in olds:
            what, remedy = (
                f"{new!r} has itself moved",
                f"write {olds[new]!r}, so that it is one hop",
            )
        else:
            what, remedy = f"{new!r} is no page", "write the address of a page, like /articles/"
        mistakes.add(path, line, what, remedy, holds=holds)


def add_moves(folder: Path, moves: Iterable[tuple[str, str]]) -> Path:
    """Write `moves` into redirects.toml; earlier lines that led to an old address lead on.

    A line for an address that has a page again is removed; what else stands there stays as it is.
    """
    path = folder / FILE
    text = path.read_text(encoding="utf-8") if path.exists() else _HEAD
    newest = dict(moves)
    lines = []
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            lines.append(line)
        elif found["old"] not in newest.values():
            target = newest.get(found["new"], found["new"])
            lines.append(f'"{found["old"]}" = "{target}"{found["rest"]}')
            newest.pop(found["old"], None)
    if "[moved]" not in lines:
        lines += ["", "[moved]"]
    lines += [f'"{old}" = "{new}"' for old, new in newest.items() if old != new]
    replace_file(path, ("\n".join(lines) + "\n").encode(), mode=READABLE)
    return path


def _is_path(table: Table, key: str, address: str) -> bool:
    if len(address) <= LONGEST and _PATH.fullmatch(unquote(address)) and address != "/":
        return True
    remedy = f"write a path like /old/page/ of at most {LONGEST} characters, without a query"
    table.wrong(key, f"{address[:60]!r} is no path of a page", remedy)
    return False
