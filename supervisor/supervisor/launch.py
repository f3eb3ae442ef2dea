"""Become the program that is to run: what stands between the supervisor's fork and the exec.

Run as a script of its own (``python -I -S launch.py PARENT IDENTITY PROGRAM ARGUMENTS...``), so
that nothing has to happen between fork and exec of a program with threads, and so that the pid
the supervisor knows is the pid of the program itself.

IDENTITY is ``self``, ``guest:UID`` (root's guest in a user namespace, under UID there) or
``user:UID:GID`` (another user).  Without PROGRAM it only tries the identity: exit 0, or 1 and
the reason on stderr.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    parent, identity, *program = arguments
    try:
        take_identity(identity)
    except OSError as error:
        raise SystemExit(f"{identity}: {error.strerror}") from None
    die_with_parent(int(parent))
    if program:
        try:
            os.execv(program[0], program)  # noqa: S606 - a shell is what this does without
        except OSError as error:
            raise SystemExit(f"{program[0]}: {error.strerror}") from None


def take_identity(identity: str) -> None:
    kind, *ids = identity.split(":")
    if kind == "guest":
        become_guest(int(ids[0]))
    elif kind == "user":
        uid, gid = (int(number) for number in ids)
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def become_guest(uid: int) -> None:
    """Enter a user namespace in which the present user has the number `uid` and no privileges.

    PostgreSQL refuses to run as root.  Inside, it is not root; outside, its files stay root's.
    """
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    # Without "deny" the kernel lets nobody write the map of groups.
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{uid} {outer_gid} 1", encoding="ascii")


def die_with_parent(parent: int) -> None:
    """Have the kernel end this process when the supervisor is killed (Linux).

    After the change of identity: the kernel forgets the wish at each change of credentials.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        raise SystemExit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
