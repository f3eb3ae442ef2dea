"""The PostgreSQL of an installation, spoken to with its own programs.

As the superuser: row-level security with FORCE hides rows even from the owner of the tables.
"""

import re
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from supervisor.keeping import KeepingError

SEPARATOR = "\x1f"  # between columns
COPY = re.compile(rb'^COPY (?:public\.)?"?(\w+)"? .*FROM stdin;$')


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`command`: what runs one of its programs, with how to sign in; "PROGRAM" is its name."""

    command: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)

    def ask(self, database: str, query: str) -> list[list[str]]:
        """The rows of one query, as text.  Raises KeepingError."""
        options = ("-X", "-q", "-A", "-t", "-F", SEPARATOR, "-v", "ON_ERROR_STOP=1")
        run = self._run("psql", *options, "-d", database, "-c", query, stdout=subprocess.PIPE)
        return [line.split(SEPARATOR) for line in run.stdout.decode().splitlines()]

    def version(self) -> int:
        """The major version."""
        return int(self.ask("postgres", "SHOW server_version_num")[0][0]) // 10_000

    def dump(self, database: str, file: IO[bytes]) -> None:
        """One database in pg_dump's custom format: one snapshot, whatever happens meanwhile."""
        self._run("pg_dump", "--format=custom", "-d", database, stdout=file)

    def load(self, database: str, file: IO[bytes]) -> None:
        """Fill an empty database; all of it or nothing."""
        options = ("--single-transaction", "--exit-on-error")
        self._run("pg_restore", *options, "-d", database, stdin=file)

    def rows_in(self, dump: IO[bytes]) -> dict[str, int]:
        """Table -> rows, counted in the dump itself: so it is known that it can be read."""
        argv = self._argv("pg_restore", "--data-only", "--file=-")
        rows: Counter[str] = Counter()
        with subprocess.Popen(
            argv, env=self.environ, stdin=dump, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as reader:
            table = ""
            for line in reader.stdout or ():
                if started := COPY.match(line.rstrip(b"\n")) if not table else None:
                    table = started[1].decode()
                    rows[table] = 0
                elif line == b"\\.\n":
                    table = ""
                elif table:
                    rows[table] += 1
        if reader.returncode != 0:
            raise KeepingError("the dump that was just made cannot be read")
        return dict(sorted(rows.items()))

    def _run(
        self,
        program: str,
        *arguments: str,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        stdout: IO[bytes] | int = subprocess.DEVNULL,
    ) -> "subprocess.CompletedProcess[bytes]":
        run = subprocess.run(
            self._argv(program, *arguments),
            env=self.environ,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
        )
        if run.returncode != 0:
            # the first line alone: further ones repeat the row that failed
            said = run.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
            raise KeepingError(f"{program} failed: {said or run.returncode}")
        return run

    def _argv(self, program: str, *arguments: str) -> list[str]:
        words = [word.replace("PROGRAM", program) for word in self.command]
        return [*words, *arguments]
