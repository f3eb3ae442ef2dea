"""Who was erased, in a list beside the backups: an older one must not bring anybody back.

Each line is what leads keeps of an erasure: a clinic, a keyed hash, a moment.  It names nobody.
`make backup` keeps the list, `make restore` hands it to leads, which erases them again.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from leads.privacy.records import NotARecord, read_records, record
from plumbing.files import replace_file
from supervisor.keeping import KeepingError
from supervisor.keeping.postgres import Server

LIST = "erasures.list"
# a database may be backed up before it is brought up to date
THERE = "SELECT to_regclass('public.erasure') IS NOT NULL"
QUERY = """
SELECT clinic, encode(mark, 'hex'),
    to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
FROM erasure ORDER BY at, clinic, mark
"""


def listed(server: Server) -> list[str]:
    """A line for each erasure that the database knows."""
    if server.ask("leads", THERE) != [["t"]]:
        return []
    return [
        record(clinic, bytes.fromhex(mark), datetime.fromisoformat(at))
        for clinic, mark, at in server.ask("leads", QUERY)
    ]


def keep_beside(backup: Path, lines: Iterable[str]) -> None:
    """Add `lines` to the list in the folder of `backup`; what was there stays.

    Raises KeepingError when what was there is no such list, OSError when it cannot be written.
    """
    path = backup.parent / LIST
    known = _read(path).splitlines() if path.exists() else []
    every = list(dict.fromkeys([*known, *lines]))
    if every != known:
        replace_file(path, "".join(f"{line}\n" for line in every).encode())


def known_for(backup: Path, given: str) -> str:
    """The lines to erase by: of the file `given`, and of the list beside `backup`.

    "" where there are none.  Raises KeepingError.
    """
    paths = [Path(given)] if given else []
    beside = backup.parent / LIST
    paths += [beside] if beside.exists() else []
    return "".join(f"{_read(path)}\n" for path in paths)


def in_words(erased: str, said: str) -> str:
    """What a restore says of it.  `said`: what leads did with it."""
    if erased.strip():
        return f"by the list of erasures: {said}"
    return (
        f"no {LIST} beside the backup, or nothing in it: whoever was erased since the backup was "
        "made is there again. Lines that were kept elsewhere: python -m leads person replay < lines"
    )


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        for _ in read_records(text):
            pass
    except NotARecord as error:
        raise KeepingError(f"{path}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise KeepingError(f"{path}: the list of erasures cannot be read") from error
    return text
