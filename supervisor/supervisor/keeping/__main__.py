"""``python -m supervisor.keeping COMMAND``: what make backup, restore, doctor and setup run.

FILE, SHEET and all else come from the environment, as make hands them down.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from contract.env import SettingsError
from supervisor.cluster import ClusterError
from supervisor.datadir import DataDirError
from supervisor.identity import IdentityError
from supervisor.keeping import KeepingError
from supervisor.keeping.backup import Installation, Made, back_up, print_sheet
from supervisor.keeping.doctor import examine_copy, examine_stack, in_words_of
from supervisor.keeping.keys import KEPT
from supervisor.keeping.local import LocalCopy
from supervisor.keeping.restore import Backup, restore_locally, restore_stack
from supervisor.keeping.setup import set_up
from supervisor.keeping.stack import stack_here
from supervisor.prepare import PortTakenError
from supervisor.settings import Settings


def backup(environ: Mapping[str, str]) -> int:
    """FILE: where to; SHEET: write a recovery sheet there too."""
    stack = stack_here(environ)
    installation: Installation = stack if stack.runs else LocalCopy(Settings.from_env(environ))
    name = f"frontdesk-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.backup"
    path = Path(environ.get("FILE") or Path("backups") / name)
    sheet = environ.get("SHEET", "")
    if sheet and Path(sheet).exists():
        raise KeepingError(f"{sheet} is there already: choose another SHEET")
    made = back_up(installation, path)
    print("\n".join(_about(installation, made)))
    if sheet:
        print_sheet(installation, Path(sheet), path)
        print(f"Recovery sheet: {sheet}. Print it, keep the paper safe, delete the file.")
    else:
        print("To get a recovery sheet to print: make backup SHEET=path")
    return 0


def restore(environ: Mapping[str, str]) -> int:
    """FILE and SHEET: from what; ERASED: a list of erasures, besides the one beside FILE.

    Into the kind of installation that it is of, or as INTO says: compose or data-dir.
    """
    file, sheet = environ.get("FILE", ""), environ.get("SHEET", "")
    if not file or not sheet:
        raise KeepingError("say from what: make restore FILE=the-backup SHEET=the-recovery-sheet")
    found = Backup(Path(file), Path(sheet), erasures=environ.get("ERASED", ""))
    into_stack = found.manifest.kind == "compose"
    if environ.get("INTO", "") in {"compose", "data-dir"}:
        into_stack = environ["INTO"] == "compose"
    if into_stack:
        restore_stack(stack_here(environ), found, say=print)
    else:
        restore_locally(Settings.from_env(environ), found, say=print)
    print(
        f"Requests after {found.manifest.made_at:%Y-%m-%d %H:%M} UTC are not in this backup: ask "
        "the clinics' mailboxes for alerts about them."
    )
    return 0


def doctor(environ: Mapping[str, str]) -> int:
    """1 when something is wrong."""
    stack = stack_here(environ)
    if stack.containers():
        found = list(examine_stack(stack))
    else:
        found = list(examine_copy(LocalCopy(Settings.from_env(environ)), environ))
    text, code = in_words_of(found)
    print(text)
    return code


def setup(environ: Mapping[str, str]) -> int:
    """YES=1: ask nothing, take the answers from the environment."""
    try:
        return set_up(environ, Path.cwd(), ask=input, say=print)
    except (EOFError, KeyboardInterrupt):
        raise KeepingError("stopped: .env was left as it is") from None


def _about(installation: Installation, made: Made) -> list[str]:
    counted = ", ".join(
        f"{sum(tables.values())} rows of {database}"
        for database, tables in made.manifest.rows.items()
    )
    wide = max(map(len, KEPT))
    return [
        f"Backup of {installation.where}: {made.path} ({made.size / 1e6:.1f} MB; {counted}).",
        "It was read back and is whole. Copy it to another machine.",
        "",
        "  THIS BACKUP IS WORTHLESS WITHOUT THE KEYS, AND THEY ARE NOT IN IT.",
        f"  They are in {installation.secrets.absolute()}:",
        *(f"    {name:<{wide}}  {what}" for name, what in KEPT.items()),
        "  Keep a copy of them on paper, apart from the backups.",
        "",
    ]


COMMANDS: Mapping[str, Callable[[Mapping[str, str]], int]] = {
    "backup": backup,
    "restore": restore,
    "doctor": doctor,
    "setup": setup,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m supervisor.keeping", description=__doc__)
    parser.add_argument("command", choices=list(COMMANDS))
    asked = parser.parse_args()
    try:
        return COMMANDS[asked.command](os.environ)
    except SettingsError as error:
        for problem in error.problems:
            print(f"frontdesk: {problem}", file=sys.stderr)
    except (KeepingError, DataDirError, PortTakenError, IdentityError, ClusterError) as error:
        print(f"frontdesk: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
