"""Under whose name PostgreSQL runs, since it refuses to run as root.

An ordinary user runs it as it is.  Root runs it as its guest in a user namespace; where the
system refuses those, as another user, who must be able to enter every folder on the way.
"""

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from supervisor.keeper import LAUNCH

OTHER_USERS = ("nobody", "daemon")


class IdentityError(Exception):
    """PostgreSQL cannot run under any name here; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`launch` as launch.py takes it; files are to belong to `uid` and `gid`.

    `who` it is in words, where it is not simply the present user.
    """

    launch: str
    uid: int
    gid: int
    who: str = ""


def choose_identity(*, allow_guest: bool = True) -> Identity:
    """Raises IdentityError where there is nobody to run it as."""
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:
        return Identity(launch="self", uid=uid, gid=gid)
    guest = f"guest:{_known_uid()}"
    if allow_guest and _works(guest):
        return Identity(launch=guest, uid=uid, gid=gid, who="root without root's privileges")
    for name in OTHER_USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        launch = f"user:{user.pw_uid}:{user.pw_gid}"
        if _works(launch):
            return Identity(launch=launch, uid=user.pw_uid, gid=user.pw_gid, who=f"the user {name}")
    raise IdentityError(
        "PostgreSQL refuses to run as root, and this system allows neither user namespaces nor "
        "a change to another user: run make run as an ordinary user"
    )


def closed_folder(path: Path, identity: Identity) -> Path | None:
    """The first folder on the way to `path`, or `path` itself, that `identity` cannot enter."""
    path = path.resolve()
    for step in (*reversed(path.parents), path):
        status = step.stat()
        if status.st_uid == identity.uid:
            needed = stat.S_IXUSR
        elif status.st_gid == identity.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not status.st_mode & needed:
            return step
    return None


def check_can_enter(identity: Identity, *, programs: Iterable[Path], data: Path) -> None:
    """Raises IdentityError that names the closed folder; changes no permission itself."""
    if identity.launch == "self":
        return
    for program in programs:
        if closed := closed_folder(program, identity):
            raise IdentityError(
                f"PostgreSQL refuses to run as root and runs here as {identity.who}, who cannot "
                f"enter {closed}, where its programs lie. Either move this folder to a place that "
                f"all may enter (such as /opt), or: chmod o+x {closed}"
            )
    if closed := closed_folder(data, identity):
        raise IdentityError(
            f"PostgreSQL refuses to run as root and runs here as {identity.who}, who cannot enter "
            f"{closed}, where its data would lie. Either choose another place: "
            f"DATA_DIR=/var/tmp/frontdesk make run, or: chmod o+x {closed}"
        )


def _works(launch: str) -> bool:
    attempt = subprocess.run(
        [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), launch],
        capture_output=True,
        check=False,
    )
    return attempt.returncode == 0


def _known_uid() -> int:
    """A uid with a name: PostgreSQL looks its own up."""
    return next((user.pw_uid for user in pwd.getpwall() if user.pw_uid != 0), 1000)
