"""Make a release of a host's files, in steps that those of many hosts take together.

Each step ends with what must be on the disk before the next one begins.  Waiting for the disk takes
longer than all else where it is busy, and costs no more for ten hosts than for one.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from content.compress import twins
from content.manifest import Entry, Manifest, read_manifest, write_manifest
from content.recipes import Recipe
from content.release import (
    UNFINISHED,
    last_built,
    link,
    locked,
    pinned_release,
    prune,
    running_release,
    show,
)
from plumbing.files import sync_all

T = TypeVar("T")
Steps = Generator[list[Path], None, T]  # yields what has to be synced; the answer at the end


def release_id(entries: Mapping[str, Entry]) -> str:
    """The same content has the same id, wherever and whenever it is built."""
    digest = hashlib.sha256()
    for path in sorted(entries):
        digest.update(f"{path}\0{entries[path].digest}\0".encode())
    return digest.hexdigest()[:16]


def write_release(host_dir: Path, recipes: Mapping[str, Recipe], *, site: str = "") -> bool:
    """Take all steps of `release_steps`."""
    return take(release_steps(host_dir, recipes, site=site))


def release_steps(host_dir: Path, recipes: Mapping[str, Recipe], *, site: str = "") -> Steps[bool]:
    """Make what `recipes` yield the running release of a host; False when it already is.

    A file whose recipe has the key it had in the newest release is linked, not made.  `site` says
    of what the whole was made: with the same text nothing is looked at.  A reader sees the old
    release or the new one, also when the machine stops on the way.
    """
    host_dir.mkdir(parents=True, exist_ok=True)
    with locked(host_dir):
        newest = last_built(host_dir)
        last = read_manifest(host_dir, newest)
        if site and last.site == site and _is_shown(host_dir, newest):
            return False
        try:
            identity, entries = yield from _written(host_dir, recipes, newest, last)
        except FileNotFoundError:  # somebody removed a file of the last release: make it anew
            identity, entries = yield from _written(host_dir, recipes, newest, Manifest())
        fresh = write_manifest(host_dir, identity, Manifest(site=site, files=entries))
        is_new = show(host_dir, pinned_release(host_dir) or identity)
        prune(host_dir)
        yield [host_dir, *fresh]
        return is_new


def together(runs: Iterable[Steps[T]]) -> Steps[list[T]]:
    """The steps of all `runs`, the first of each, then the second of each, and so on."""
    going = dict(enumerate(runs))
    answers: dict[int, T] = {}
    try:
        while going:
            waiting = []
            for number, run in list(going.items()):
                try:
                    waiting += next(run)
                except StopIteration as end:
                    answers[number] = end.value
                    del going[number]
            yield waiting
    finally:
        for run in going.values():
            run.close()
    return [answers[number] for number in sorted(answers)]


def take(steps: Steps[T]) -> T:
    """Take them one after the other; the answer."""
    while True:
        try:
            sync_all(next(steps))
        except StopIteration as end:
            answer: T = end.value
            return answer


def _is_shown(host_dir: Path, newest: str) -> bool:
    return running_release(host_dir) == (pinned_release(host_dir) or newest)


def _written(
    host_dir: Path, recipes: Mapping[str, Recipe], newest: str, last: Manifest
) -> Steps[tuple[str, dict[str, Entry]]]:
    entries, fresh = _made(recipes, last)
    identity = release_id(entries)
    if not (host_dir / "releases" / identity).is_dir():
        yield from _write_folder(host_dir, identity, entries, fresh, host_dir / "releases" / newest)
    return identity, entries


def _made(
    recipes: Mapping[str, Recipe], last: Manifest
) -> tuple[dict[str, Entry], dict[str, bytes]]:
    """Every file's entry, and the content of those that the last release does not have."""
    entries: dict[str, Entry] = {}
    fresh: dict[str, bytes] = {}
    for path, recipe in recipes.items():
        key, old = recipe.key, last.files.get(path)
        if old and key and old.key == key:
            entries |= last.with_twins(path)
            continue
        content = recipe()
        if old and old.digest == hashlib.sha256(content).hexdigest():
            entries |= last.with_twins(path) | {path: Entry(key=key, digest=old.digest)}
            continue
        for name, data in {path: content, **twins(path, content)}.items():
            digest = hashlib.sha256(data).hexdigest()
            entries[name] = Entry(key=key if name == path else "", digest=digest)
            fresh[name] = data
    return entries, fresh


def _write_folder(
    host_dir: Path,
    identity: str,
    entries: Mapping[str, Entry],
    fresh: Mapping[str, bytes],
    last: Path,
) -> Steps[None]:
    parent = host_dir / "releases"
    parent.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=UNFINISHED))
    try:
        folder.chmod(0o755)
        _fill(str(folder), entries, fresh, str(last))
        yield [folder, *(folder / path for path in _folders(fresh) | set(fresh))]
        folder.rename(parent / identity)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    yield [parent]


def _fill(folder: str, entries: Mapping[str, Entry], fresh: Mapping[str, bytes], last: str) -> None:
    """Texts, not Paths: there are thousands of them."""
    for path in sorted(_folders(entries)):
        os.mkdir(f"{folder}/{path}")  # noqa: PTH102
    for path in entries:
        if path in fresh:
            with open(f"{folder}/{path}", "wb") as file:  # noqa: PTH123
                file.write(fresh[path])
        else:
            link(f"{last}/{path}", f"{folder}/{path}")


def _folders(paths: Iterable[str]) -> set[str]:
    """Every folder that one of `paths` lies in."""
    found: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in found:
            found.add(path)
    return found
