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
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEPT = 10  # releases per host, the running one among them
UNFINISHED, ASIDE = ".new-", ".old-"  # how names of folders begin that are no releases
ASSET_DAYS = 30  # a page may stay open, and a form in use, that long after it was replaced


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


def show(host_dir: Path, identity: str) -> bool:
    """Serve the release `identity`; the caller has locked the folder.  False when it is served.

    The caller syncs `host_dir`, so that it is served after a power cut too.
    """
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


def _keep_assets(host_dir: Path, identity: str) -> None:
    """Put the release's assets where they outlive it."""
    target = host_dir / "assets"
    for asset in (host_dir / "releases" / identity / "assets").glob("*"):
        if not (target / asset.name).exists():
            target.mkdir(exist_ok=True)
            link(asset, target / asset.name)


def _touch_assets(host_dir: Path, identity: str) -> None:
    """From now on no page names them: their days begin."""
    for asset in (host_dir / "releases" / identity / "assets").glob("*") if identity else ():
        if (host_dir / "assets" / asset.name).exists():
            os.utime(host_dir / "assets" / asset.name)


def _point(name: Path, target: str) -> None:
    fresh = name.with_name(f".{name.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.rename(name)


def link(source: str | Path, target: str | Path) -> None:
    """The same file under a second name, or a copy of it."""
    try:
        os.link(source, target)
    except OSError:  # a file system without links, or too many of them
        shutil.copy2(source, target)


def prune(host_dir: Path) -> None:
    """Set aside all but the newest releases, and the assets that nothing has named for long.

    `sweep` removes them.  The caller has locked the folder.
    """
    running, pinned = running_release(host_dir), pinned_release(host_dir)
    found = releases(host_dir)
    for old in found[KEPT:]:
        if old.name not in {running, pinned}:
            old.rename(old.with_name(f"{ASIDE}{old.name}"))
            (host_dir / "manifests" / old.name).unlink(missing_ok=True)
    for unfinished in (host_dir / "releases").glob(f"{UNFINISHED}*"):  # of a build that was killed
        unfinished.rename(unfinished.with_name(f"{ASIDE}{unfinished.name}"))
    wanted = {path.name for release in found[:KEPT] for path in (release / "assets").glob("*")}
    oldest = time.time() - ASSET_DAYS * 24 * 3600
    for asset in (host_dir / "assets").glob("*"):
        if asset.name not in wanted and asset.stat().st_mtime < oldest:
            asset.unlink(missing_ok=True)


def sweep(host_dir: Path) -> None:
    """Remove what was set aside; a disk that is busy takes seconds to forget a thousand files."""
    for old in (host_dir / "releases").glob(f"{ASIDE}*"):
        shutil.rmtree(old, ignore_errors=True)  # what cannot go now goes later
