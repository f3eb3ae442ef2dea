"""How far a long run has come, on standard error: a bar on a terminal, else a line at times."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

LINE_EVERY_S = 30.0

T = TypeVar("T")


@contextmanager
def progress(
    what: str, *, of: float, console: Console | None = None
) -> Iterator[Callable[[float], None]]:
    """A function that is told how much of `of` is done, as often as its caller likes.

    `what`: what is counted ("faults").
    """
    console = console or Console(stderr=True)
    if console.is_terminal:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(what, total=of)
            yield lambda done: bar.update(task, completed=done)
        return
    began = said = time.monotonic()

    def say(done: float) -> None:
        nonlocal said
        if (now := time.monotonic()) - said >= LINE_EVERY_S:
            said = now
            console.print(f"    {done:,.0f} of {of:,.0f} {what} after {now - began:.0f} s")

    yield say


def counted(things: Sequence[T], what: str, *, console: Console | None = None) -> Iterator[T]:
    """Hand `things` on one by one; `what` they are."""
    with progress(what, of=len(things), console=console) as said:
        for number, thing in enumerate(things):
            said(number)
            yield thing
        said(len(things))
