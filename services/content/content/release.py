"""Releases: one folder of finished files per host, swapped as a whole.

SITES_DIR/hosts.json                     the exact list of hosts that are answered
SITES_DIR/edge/sites.caddy               the same list for the edge
SITES_DIR/hosts/<host>/current           -> releases/<id>
SITES_DIR/hosts/<host>/releases/<id>/    index.html, …, _forms/, _errors/
SITES_DIR/hosts/<host>/manifests/<id>    of what each of its files was made
SITES_DIR/hosts/<host>/assets/           style sheets, scripts and pictures, kept for a while
SITES_DIR/hosts/<host>/pinned            the release that a rollback chose, as long as it lasts
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from content.compress import twins
from content.manifest import Entry, Manifest, read_manifest, write_manifest
from content.recipes import Recipe
from plumbing.files import sync_folder

KEPT = 10  # releases per host, the running one among them
ASSET_DAYS = 30  # a page may stay open, and a form in use, that long after it was replaced
SYNC_AT_ONCE = 64  # above that many new files one sync of all disks is quicker than one for each


def release_id(entries: Mapping[str, Entry]) -> str:
    """The same content has the same id, wherever and whenever it is built."""
    digest = hashlib.sha256()
    for path in sorted(entries):
        digest.update(f"{path}\0{entries[path].digest}\0".encode())
    return digest.hexdigest()[:16]


def running_release(host_dir: Path) -> str:
    """The id of the release that `host_dir` serves; "" when there is none."""
    current = host_dir / "current"
    return current.readlink().name if current.is_symlink() and current.is_dir() else ""


def pinned_release(host_dir: Path) -> str:
    """The id of the release that a rollback holds; "" when there was none."""
    try:
        return (host_dir / "pinned").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def write_release(host_dir: Path, recipes: Mapping[str, Recipe], *, site: str = "") -> bool:
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
            identity, entries = _written(host_dir, recipes, newest, last)
        except FileNotFoundError:  # somebody removed a file of the last release: make it anew
            identity, entries = _written(host_dir, recipes, newest, Manifest())
        write_manifest(host_dir, identity, Manifest(site=site, files=entries))
        is_new = show(host_dir, pinned_release(host_dir) or identity)
        _prune(host_dir)
        return is_new


def show(host_dir: Path, identity: str) -> bool:
    """Serve the release `identity`; the caller has locked the folder.  False when it is served."""
    before = running_release(host_dir)
    _keep_assets(host_dir, identity)
    if before == identity:
        return False
    _touch_assets(host_dir, before)
    _point(host_dir / "current", f"releases/{identity}")
    return True


@contextmanager
def locked(host_dir: Path) -> Iterator[None]:
    """One at a time may change what a host serves."""
    with (host_dir / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def releases(host_dir: Path) -> list[Path]:
    """The kept releases, the one that was built last first."""
    found = [path for path in (host_dir / "releases").glob("*") if not path.name.startswith(".")]
    return sorted(found, key=lambda path: _built_at(host_dir, path), reverse=True)


def _built_at(host_dir: Path, release: Path) -> int:
    """Of its manifest, which is written also when a release is built a second time."""
    manifest = host_dir / "manifests" / release.name
    return (manifest if manifest.exists() else release).stat().st_mtime_ns


def last_built(host_dir: Path) -> str:
    """Its id, also while another is shown; "" without any."""
    found = releases(host_dir)
    return found[0].name if found else ""


def _is_shown(host_dir: Path, newest: str) -> bool:
    return running_release(host_dir) == (pinned_release(host_dir) or newest)


def _written(
    host_dir: Path, recipes: Mapping[str, Recipe], newest: str, last: Manifest
) -> tuple[str, dict[str, Entry]]:
    entries, fresh = _made(recipes, last)
    identity = release_id(entries)
    if not (host_dir / "releases" / identity).is_dir():
        _write_folder(host_dir, identity, entries, fresh, host_dir / "releases" / newest)
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
) -> None:
    parent = host_dir / "releases"
    parent.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=".new-"))
    try:
        folder.chmod(0o755)
        for path in {os.path.dirname(path) for path in entries}:  # noqa: PTH120 - no Path per file
            (folder / path).mkdir(parents=True, exist_ok=True)
        for path in entries:
            if path not in fresh:
                _link(last / path, folder / path)
        _write_files(folder, fresh)
        folder.rename(parent / identity)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    sync_folder(parent)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links, or too many of them
        shutil.copy2(source, target)


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    syncs_each = len(files) <= SYNC_AT_ONCE
    for path, content in files.items():
        with (folder / path).open("wb") as file:
            file.write(content)
            if syncs_each:
                file.flush()
                os.fsync(file.fileno())
    if not syncs_each:
        os.sync()
        return
    for parent in {(folder / path).parent for path in files} | {folder}:
        sync_folder(parent)


def _keep_assets(host_dir: Path, identity: str) -> None:
    """Put the release's assets where they outlive it."""
    target = host_dir / "assets"
    for asset in (host_dir / "releases" / identity / "assets").glob("*"):
        if not (target / asset.name).exists():
            target.mkdir(exist_ok=True)
            _link(asset, target / asset.name)


def _touch_assets(host_dir: Path, identity: str) -> None:
    """From now on no page names them: their days begin."""
    for asset in (host_dir / "releases" / identity / "assets").glob("*") if identity else ():
        if (host_dir / "assets" / asset.name).exists():
            os.utime(host_dir / "assets" / asset.name)


def _point(link: Path, target: str) -> None:
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.rename(link)
    sync_folder(link.parent)


def _prune(host_dir: Path) -> None:
    """Remove all but the newest releases, then the assets that nothing has named for long."""
    running, pinned = running_release(host_dir), pinned_release(host_dir)
    found = releases(host_dir)
    for old in found[KEPT:]:
        if old.name not in {running, pinned}:
            shutil.rmtree(old, ignore_errors=True)
            (host_dir / "manifests" / old.name).unlink(missing_ok=True)
    wanted = {path.name for release in found[:KEPT] for path in (release / "assets").glob("*")}
    oldest = time.time() - ASSET_DAYS * 24 * 3600
    for asset in (host_dir / "assets").glob("*"):
        if asset.name not in wanted and asset.stat().st_mtime < oldest:
            asset.unlink(missing_ok=True)
