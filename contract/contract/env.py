"""Read settings from the environment and report every mistake at once.

A variable ``X`` may be given as ``X_FILE`` instead: the path of a file that holds the value
(Docker secrets).  Services read their settings once, at start, through `Env`.

    SettingsError       one or more variables are missing or wrong; the message lists them all
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

T = TypeVar("T")

SHORTEST = 16  # signs of a secret that was made and not thought up
DIFFERENT = 6  # of them
DEFAULTS = frozenset(
    word * times
    for word in ("password", "changeme", "secret", "frontdesk", "postgres", "redis", "default")
    for times in (1, 2, 3)
)
BETTER = "make up makes a good one when its file is missing"


class SettingsError(Exception):
    """The settings cannot be used.  `problems`: one sentence for each mistake."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("settings: " + "; ".join(problems))


class Env:
    """Typed reading of `environ`; collects problems until `raise_problems`.

    A reader that meets a problem notes it and returns a harmless value of its type, so that all
    other settings are still looked at.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """The value of `name`, else the content of the file `name`_FILE, else `default`."""
        value = self._raw(name)
        if value:
            return value
        if default is None:
            self.problems.append(f"{name} is missing (set it, or {name}_FILE)")
            return ""
        return default

    def integer(
        self, name: str, default: int | None = None, *, at_least: int = 0, at_most: int = 2**31
    ) -> int:
        raw = self.text(name, None if default is None else str(default))
        return self._parse(name, raw, lambda value: _integer(value, at_least, at_most), at_least)

    def flag(self, name: str, *, default: bool = False) -> bool:
        raw = self.text(name, "1" if default else "0")
        return self._parse(name, raw, _flag, default)

    def secret(self, name: str, *, strong: bool) -> str:
        """`strong`: one that can be guessed is a problem."""
        raw = self.text(name)
        return self._parse(name, raw, lambda value: _strong(value) if strong else value, "")

    def url(
        self,
        name: str,
        *,
        schemes: tuple[str, ...],
        default: str | None = None,
        strong: bool = False,
    ) -> str:
        """`strong`: a problem without a password, or with one that can be guessed."""
        raw = self.text(name, default)
        return self._parse(name, raw, lambda value: _url(value, schemes, strong=strong), "")

    def folder(self, name: str, default: str | None = None) -> Path:
        """A folder that exists."""
        raw = self.text(name, default)
        return self._parse(name, raw, _folder, Path())

    def raise_problems(self) -> None:
        if self.problems:
            raise SettingsError(self.problems)

    def _raw(self, name: str) -> str:
        if value := self._environ.get(name, "").strip():
            return value
        path = self._environ.get(f"{name}_FILE", "").strip()
        if not path:
            return ""
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            self.problems.append(f"{name}_FILE: {path}: {reason}")
            return " "  # not "missing" as well: one mistake, one sentence

    def _parse(self, name: str, raw: str, parse: Callable[[str], T], fallback: T) -> T:
        if not raw.strip():
            return fallback  # already reported
        try:
            return parse(raw)
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return fallback


def _integer(value: str, at_least: int, at_most: int) -> int:
    try:
        number = int(value)
    except ValueError:
        raise ValueError(f"must be a whole number, not {value!r}") from None
    if not at_least <= number <= at_most:
        raise ValueError(f"must be from {at_least} to {at_most}, not {number}")
    return number


def _flag(value: str) -> bool:
    if value in {"1", "true", "True"}:
        return True
    if value in {"0", "false", "False"}:
        return False
    raise ValueError(f"must be 1 or 0, not {value!r}")


def _url(value: str, schemes: tuple[str, ...], *, strong: bool) -> str:
    """`value` back; the message never repeats it, since it may hold a password."""
    try:
        parts = urlsplit(value)
        user, password = parts.username or "", unquote(parts.password or "")
    except ValueError:
        raise ValueError("is no URL that can be read") from None
    if parts.scheme not in schemes or not parts.netloc:
        raise ValueError(
            f"must be a URL that starts with {' or '.join(s + '://' for s in schemes)}"
        )
    if strong:
        if not password:
            raise ValueError(f"has no password: {BETTER}")
        _strong(password, user)
    return value


def _strong(value: str, user: str = "") -> str:
    """`value` back, unless it is one that people try first; never repeated in the message."""
    if len(value) < SHORTEST:
        raise ValueError(f"is shorter than {SHORTEST} signs, so it can be guessed: {BETTER}")
    plain = re.sub(r"[^a-z]+", "", value.casefold())
    if len(set(value)) < DIFFERENT or plain in DEFAULTS or (user and plain == user.casefold()):
        raise ValueError(f"can be guessed: {BETTER}")
    return value


def _folder(value: str) -> Path:
    path = Path(value)
    if not path.is_dir():
        raise ValueError(f"{value} is not a folder")
    return path
