"""Give a page another address, or take it down, in one action that leaves no dead end.

CannotMove          nothing was changed; the message says why
"""

from pathlib import Path

from content.articles import is_slug
from content.redirects import add_moves

FOLDERS = {"articles": "/articles/", "placements": "/articles/", "pages": "/"}


class CannotMove(Exception):  # noqa: N818 - what happened
    """Nothing was changed."""


def move_page(clinic: Path, old: str, new: str) -> list[str]:
    """Rename the file behind the slug `old`, keep its old address, and say what was done.

    Links in other files stay as they are written: `content check` names each that leads nowhere.
    """
    if not is_slug(new):
        raise CannotMove(f"{new!r} is no slug: use lower-case letters, digits and single hyphens")
    if not clinic.is_dir():
        raise CannotMove(f"{clinic} does not exist")
    for folder, front in FOLDERS.items():
        source, target = clinic / folder / f"{old}.md", clinic / folder / f"{new}.md"
        if not source.is_file():
            continue
        if target.exists():
            raise CannotMove(f"{target} is there already")
        if folder == "placements" and _has_slug(source):
            raise CannotMove(f"{source} names its slug itself: change it there")
        path = add_moves(clinic, [(f"{front}{old}/", f"{front}{new}/")])
        source.rename(target)
        return [f"{source} -> {target}", f"{path}: {front}{old}/ leads to {front}{new}/"]
    raise CannotMove(f"{clinic} has no article, placement or page {old!r}")


def _has_slug(path: Path) -> bool:
    front = path.read_text(encoding="utf-8").split("+++")[1:2]
    return any(line.split("=")[0].strip() == "slug" for part in front for line in part.split("\n"))
