"""Go back to an older release of a host, and stay there until somebody ends it.

RollbackRefused     nothing was changed; the message says why
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from content.release import last_built, locked, pinned_release, releases, running_release, show
from content.sites import read_hosts
from plumbing.files import replace_file, sync_folder

READABLE = 0o644


class RollbackRefused(Exception):  # noqa: N818 - what happened
    """Nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One release of a host."""

    identity: str
    built_at: datetime
    is_running: bool
    is_pinned: bool


def kept_releases(sites_dir: Path, host: str) -> list[Kept]:
    """The newest first.  Raises RollbackRefused for a host that is not answered."""
    host_dir = _host_dir(sites_dir, host)
    running, pinned = running_release(host_dir), pinned_release(host_dir)
    return [
        Kept(
            identity=path.name,
            built_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
            is_running=path.name == running,
            is_pinned=path.name == pinned,
        )
        for path in releases(host_dir)
    ]


def roll_back(sites_dir: Path, host: str, to: str = "") -> str:
    """Serve the release `to`, or the one before the running one, and hold it; its id.

    What is built meanwhile waits for `resume`.
    """
    host_dir = _host_dir(sites_dir, host)
    with locked(host_dir):
        there = [path.name for path in releases(host_dir)]
        target = to or _one_before(there, running_release(host_dir))
        if not target:
            raise RollbackRefused(f"{host}: there is no older release")
        if target not in there:
            raise RollbackRefused(f"{host}: no release {target}; there are: {', '.join(there)}")
        replace_file(host_dir / "pinned", f"{target}\n".encode(), mode=READABLE)
        show(host_dir, target)
        sync_folder(host_dir)
    return target


def resume(sites_dir: Path, host: str) -> str:
    """End a rollback: serve what was built last; its id."""
    host_dir = _host_dir(sites_dir, host)
    with locked(host_dir):
        pinned = pinned_release(host_dir)
        if not pinned:
            raise RollbackRefused(f"{host}: is not rolled back")
        (host_dir / "pinned").unlink()
        newest = last_built(host_dir)
        show(host_dir, newest)
        sync_folder(host_dir)
    return newest


def rolled_back(sites_dir: Path) -> dict[str, str]:
    """Host -> the release that holds it, of every host that is rolled back."""
    found = {
        entry.host: pinned_release(sites_dir / "hosts" / entry.host)
        for entry in read_hosts(sites_dir)
    }
    return {host: identity for host, identity in found.items() if identity}


def others_of(sites_dir: Path, host: str) -> list[str]:
    """The other hosts of the same clinic, which a rollback of `host` does not touch."""
    hosts = read_hosts(sites_dir)
    clinic = next((entry.clinic for entry in hosts if entry.host == host), "")
    return [entry.host for entry in hosts if entry.clinic == clinic and entry.host != host]


def _host_dir(sites_dir: Path, host: str) -> Path:
    if host not in {entry.host for entry in read_hosts(sites_dir)}:
        raise RollbackRefused(f"{host}: no such host in {sites_dir / 'hosts.json'}")
    return sites_dir / "hosts" / host


def _one_before(there: list[str], running: str) -> str:
    older = there[there.index(running) + 1 :] if running in there else there
    return older[0] if older else ""
