"""Releases: one folder of finished files per host, swapped as a whole.

SITES_DIR/hosts.json                    the exact list of hosts that are answered
SITES_DIR/edge/sites.caddy              the same list for the edge
SITES_DIR/hosts/<host>/current          -> releases/<id>
SITES_DIR/hosts/<host>/releases/<id>/   index.html, …, _forms/, _errors/
SITES_DIR/hosts/<host>/assets/          style sheets and scripts of all kept releases
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from plumbing.files import sync_folder

KEPT = 3  # releases per host, the running one among them


def release_id(files: dict[str, bytes]) -> str:
    """The same content has the same id, wherever and whenever it is built."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode())
        digest.update(files[path])
    return digest.hexdigest()[:16]


def running_release(host_dir: Path) -> str:
    """The id of the release that `host_dir` serves; "" when there is none."""
    current = host_dir / "current"
    return current.readlink().name if current.is_symlink() and current.is_dir() else ""


def write_release(host_dir: Path, files: dict[str, bytes]) -> bool:
    """Make `files` the running release of a host; False when they already are.

    A reader sees the old release or the new one, also when the machine stops on the way.
    """
    identity = release_id(files)
    if running_release(host_dir) == identity:
        return False
    releases = host_dir / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    if not (releases / identity).is_dir():
        _write_folder(releases, identity, files)
    assets = {path: content for path, content in files.items() if path.startswith("assets/")}
    _write_files(
        host_dir, {path: assets[path] for path in assets if not (host_dir / path).exists()}
    )
    _point(host_dir / "current", f"releases/{identity}")
    _prune(host_dir, running=identity)
    return True


def _write_folder(releases: Path, identity: str, files: dict[str, bytes]) -> None:
    folder = Path(tempfile.mkdtemp(dir=releases, prefix=".new-"))
    try:
        folder.chmod(0o755)
        _write_files(folder, files)
        folder.rename(releases / identity)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    sync_folder(releases)


def _write_files(folder: Path, files: dict[str, bytes]) -> None:
    folders = set()
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        folders |= {target.parent, *target.parent.relative_to(folder).parents}
        with target.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for parent in folders:
        sync_folder(folder / parent)


def _point(link: Path, target: str) -> None:
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.rename(link)
    sync_folder(link.parent)


def _prune(host_dir: Path, *, running: str) -> None:
    """Remove all but the newest releases, then the assets that no kept release has."""
    releases = host_dir / "releases"
    os.utime(releases / running)  # a release that runs again counts as new
    newest = sorted(releases.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    wanted = {path.name for release in newest[:KEPT] for path in (release / "assets").glob("*")}
    for asset in (host_dir / "assets").glob("*"):
        if asset.name not in wanted:
            asset.unlink(missing_ok=True)
