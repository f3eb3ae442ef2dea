"""Processes for work on many clinics: one for each core."""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

AT_ONCE = 8  # up to that many clinics are quicker done than processes are started


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
