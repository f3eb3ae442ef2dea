"""The loop of a process that is no web server: wake up, do one pass, say what went wrong, go on."""

import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType

from plumbing.ending import leave_to_the_system

logger = logging.getLogger(__name__)


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set, whereupon the process must end.

    Call from the main thread.
    """
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        leave_to_the_system()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    return stop


def keep_doing(one_pass: Callable[[], object], stop: threading.Event, *, pause_s: float) -> None:
    """Repeat `one_pass` until `stop`; after an error wait `pause_s` and go on.

    `one_pass` waits for work itself; it must come back within about a second so that a stop is
    noticed.
    """
    while not stop.is_set():
        try:
            one_pass()
        except Exception as error:
            logger.exception("pass failed", extra={"reason": type(error).__name__})
            stop.wait(pause_s)
