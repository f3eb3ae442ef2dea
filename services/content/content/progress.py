"""A progress bar for work that takes a while, shown to people only."""

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")


def tracked(things: Sequence[T], title: str) -> Iterable[T]:
    """Hand `things` on one by one; with a bar where standard error is a terminal."""
    console = Console(file=sys.stderr)
    if len(things) == 1 or not console.is_terminal:
        return iter(things)
    return track(things, description=title, console=console, transient=True)
