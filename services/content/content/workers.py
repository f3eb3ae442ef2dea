"""Processes for work on many clinics: one for each core."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

T = TypeVar("T")

START_S = 1.0  # about what it takes to start the processes


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers(prepare: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    """`prepare` runs once in each.  They are started afresh: a process that has threads cannot be
    copied safely."""
    return ProcessPoolExecutor(
        max_workers=cores(),
        mp_context=get_context("spawn"),
        initializer=prepare,
    )


def for_a_while(waiting: deque[T]) -> Iterator[T]:
    """Take from `waiting`, until what is left is sooner done by more processes.

    Judged by how long each took so far: a word that changed on twenty clinics needs none.
    """
    start = time.monotonic()
    done = 0
    while waiting:
        yield waiting.popleft()
        done += 1
        left_s = (time.monotonic() - start) / done * len(waiting)
        if left_s * (1 - 1 / cores()) > START_S:
            return
