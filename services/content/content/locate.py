"""Find the line of a key in a TOML text, which tomllib does not tell."""

import re

KeyPath = tuple[str | int, ...]

_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(\.)?""")
_STRING = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*|[\[\]{}]')


def key_lines(text: str, *, first_line: int = 1) -> dict[KeyPath, int]:
    """The line of every table header and every key of `text`, a valid TOML document.

    Keys inside an inline table or array are found at the line of the key that holds it.
    """
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    rest = _Rest()
    for number, line in enumerate(text.splitlines(), start=first_line):
        if rest.open:
            rest.feed(line)
            continue
        stripped = line.strip()
        if stripped.startswith("["):
            table = _header(stripped, counts)
            lines.setdefault(table, number)
        elif stripped and not stripped.startswith("#"):
            keys, value = _keys(stripped)
            lines.setdefault((*table, *keys), number)
            rest.feed(value)
    return lines


def line_of(lines: dict[KeyPath, int], path: KeyPath, *, default: int = 1) -> int:
    """The line of `path`, else of the nearest thing around it, else `default`."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return default


class _Rest:
    """Whether a value that began on an earlier line is still open."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""

    @property
    def open(self) -> bool:
        return self._depth > 0 or bool(self._quote)

    def feed(self, text: str) -> None:
        if self._quote:
            end = text.find(self._quote)
            if end < 0:
                return None
            text = text[end + 3 :]
            self._quote = ""
        for match in _STRING.finditer(text):
            token = match.group()
            if token in {'"""', "'''"}:
                self._quote = token
                return self.feed(text[match.end() :])
            self._depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token, 0)
        return None


def _header(stripped: str, counts: dict[KeyPath, int]) -> KeyPath:
    many = stripped.startswith("[[")
    keys, _ = _keys(stripped.lstrip("["))
    path: KeyPath = ()
    for key in keys[:-1]:
        path = _inside((*path, key), counts)
    path = (*path, keys[-1])
    if many:
        counts[path] = counts.get(path, -1) + 1
    return _inside(path, counts)


def _inside(path: KeyPath, counts: dict[KeyPath, int]) -> KeyPath:
    """`path`, and the newest entry of it where it is an array of tables."""
    return (*path, counts[path]) if path in counts else path


def _keys(text: str) -> tuple[tuple[str, ...], str]:
    """The dotted key at the start of `text`, and what follows it."""
    keys = []
    position = 0
    while match := _PART.match(text, position):
        keys.append(next(group for group in match.groups()[:3] if group is not None))
        position = match.end()
        if not match.group(4):
            break
    return tuple(keys) or ("",), text[position:]
