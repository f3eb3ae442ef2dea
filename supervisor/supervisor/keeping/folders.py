"""Clinic files out of a backup: put where they belong, or beside when something is there."""

import filecmp
import shutil
from collections.abc import Mapping
from pathlib import Path


def place(folders: Mapping[str, Path], unpacked: Path, *, readable: bool = False) -> list[str]:
    """Move each folder of `unpacked` into its place if that is empty.  What was done, in words.

    Nothing is replaced: a folder that differs from the one in the backup stays as it is.
    `readable`: by everybody, since the users of containers are others.
    """
    said = []
    for name, target in folders.items():
        source = unpacked / name
        if not source.is_dir() or same(source, target):
            shutil.rmtree(source, ignore_errors=True)
        elif not target.exists() or not any(target.iterdir()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target, dirs_exist_ok=True)
            if readable:
                _open_up(target)
            shutil.rmtree(source)
            said.append(f"{name}: restored into {target}")
        else:
            said.append(
                f"{name}: {target} differs from the backup and was left alone; the backup's files "
                f"are in {source}. To use them: {name.upper()}_DIR={source}"
            )
    if unpacked.is_dir() and not any(unpacked.iterdir()):
        unpacked.rmdir()
    return said


def _open_up(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def same(one: Path, other: Path) -> bool:
    """The same plain files with the same content."""
    names = _files(one)
    if names != _files(other):
        return False
    _, differing, failed = filecmp.cmpfiles(one, other, names, shallow=False)
    return not differing and not failed


def _files(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path.relative_to(folder).as_posix() for path in found)
