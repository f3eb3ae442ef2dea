"""A progress bar for work that takes a while, shown to people only."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress, track

T = TypeVar("T")


def tracked(things: Sequence[T], title: str) -> Iterable[T]:
    """Hand `things` on one by one; with a bar where standard error is a terminal."""
    console = Console(file=sys.stderr)
    if len(things) == 1 or not console.is_terminal:
        return iter(things)
    return track(things, description=title, console=console, transient=True)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None] | None]:
    """A function that is told (done, of how many); None where nobody would see the bar."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
