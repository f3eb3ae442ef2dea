"""Typed reading of a TOML table that reports every mistake with its line instead of stopping."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from content.locate import KeyPath, line_of
from content.mistakes import Mistakes

MAX_TEXT = 2_000
_NEVER = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a table was read from: its file, the lines of its keys, and whose release waits."""

    path: Path
    lines: dict[KeyPath, int]
    mistakes: Mistakes
    holds: str

    def wrong(self, at: KeyPath, what: str, remedy: str) -> None:
        self.mistakes.add(self.path, line_of(self.lines, at), what, remedy, holds=self.holds)


class Table:
    """Reads keys; a missing or wrong one is noted and a harmless value comes back.

    `finish` notes the keys that nobody asked for.
    """

    def __init__(self, raw: dict[str, Any], source: Source, at: KeyPath = ()) -> None:
        self._raw = raw
        self._asked: set[str] = set()
        self.source = source
        self.at = at

    def __contains__(self, key: str) -> bool:
        return key in self._raw

    def wrong(self, key: str, what: str, remedy: str) -> None:
        self.source.wrong((*self.at, key), what, remedy)

    def text(self, key: str, default: str | None = None, *, at_most: int = MAX_TEXT) -> str:
        """One line of text without surrounding blanks."""
        value = self._get(key, str, "a text in quotes", _NEVER if default is None else default)
        value = " ".join(str(value).split())
        if len(value) > at_most:
            self.wrong(key, f"{key} is longer than {at_most} characters", "shorten it")
            return value[:at_most]
        if not value and default is None and key in self._raw:
            self.wrong(key, f"{key} is empty", f"write the {key.replace('_', ' ')}")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
        """A list of texts; `default` None makes it required."""
        fallback = _NEVER if default is None else list(default)
        value = self._get(key, list, 'a list of texts, like ["one", "two"]', fallback)
        if not isinstance(value, list):
            return ()
        if not all(isinstance(entry, str) and entry.strip() for entry in value):
            self.wrong(key, f"{key} holds something that is not a text", "put each in quotes")
            return ()
        return tuple(" ".join(entry.split()) for entry in value)

    def flag(self, key: str, *, default: bool) -> bool:
        return bool(self._get(key, bool, "true or false", default))

    def integer(self, key: str, default: int, *, at_least: int, at_most: int) -> int:
        value = self._get(key, int, "a whole number", default)
        if not isinstance(value, int) or not at_least <= value <= at_most:
            self.wrong(key, f"{key} is {value}", f"choose from {at_least} to {at_most}")
            return default
        return value

    def choice(self, key: str, options: Iterable[str], default: str) -> str:
        value = self.text(key, default)
        if value not in options:
            self.wrong(key, f"{key} is {value!r}", f"choose one of: {', '.join(options)}")
            return default
        return value

    def day(self, key: str) -> date | None:
        """A date written like 2026-12-24, without quotes; None when it is left out."""
        value = self._get(key, date, "a date like 2026-12-24, without quotes", None)
        if isinstance(value, datetime):
            self.wrong(key, f"{key} has a time of day", "write only the date, like 2026-12-24")
            return value.date()
        return value if isinstance(value, date) else None

    def moment(self, key: str) -> datetime | None:
        """A day or a time by the location's clock, like 2026-12-24T08:00; None when left out.

        A day alone is its first minute.
        """
        value = self._get(key, date, "a time like 2026-12-24T08:00, without quotes", None)
        if isinstance(value, datetime) and value.tzinfo:
            remedy = "write it without an offset: it is the location's own time"
            self.wrong(key, f"{key} has an offset", remedy)
            return value.replace(tzinfo=None)
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - local
        return value if isinstance(value, datetime) else None

    def table(self, key: str) -> "Table":
        """The table under `key`; an empty one when it is left out."""
        value = self._get(key, dict, f"a table, started by [{key}]", {})
        return Table(value if isinstance(value, dict) else {}, self.source, (*self.at, key))

    def tables(self, key: str) -> list["Table"]:
        value = self._get(key, list, f"a list of tables, each started by [[{key}]]", [])
        entries = value if isinstance(value, list) else []
        if not all(isinstance(entry, dict) for entry in entries):
            self.wrong(key, f"{key} is not a list of tables", f"start each with [[{key}]]")
            return []
        return [
            Table(entry, self.source, (*self.at, key, index)) for index, entry in enumerate(entries)
        ]

    def items(self) -> list[str]:
        """Every key of a table whose keys the writer chooses."""
        return list(self._raw)

    def finish(self) -> None:
        for key in self._raw:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else "remove it or correct its name"
                self.wrong(key, f"unknown key {key!r}", remedy)

    def _get(self, key: str, kind: type, wanted: str, default: object) -> object:
        self._asked.add(key)
        if key not in self._raw:
            if default is _NEVER:
                self.source.wrong(self.at, f"{key} is missing", f"add: {key} = {_example(kind)}")
                return _example(kind) if kind is not str else ""
            return default
        value = self._raw[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.wrong(key, f"{key} is not what it should be", f"write {wanted}")
            return "" if default is _NEVER else default
        return value


def _example(kind: type) -> object:
    return '"…"' if kind is str else '["…"]'
