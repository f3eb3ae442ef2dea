"""Remove what was set aside, by and by: nobody waits for it, and a process that ends leaves it.

What is left then is removed after the next build of its host.
"""

import queue
import threading
from pathlib import Path

from content.release import sweep


class Sweeper:
    """Takes folders of hosts from the thread that builds; a thread of its own works on them."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Path] = queue.Queue()
        self._thread: threading.Thread | None = None

    def add(self, host_dir: Path) -> None:
        self._waiting.put(host_dir)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="sweep", daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Until nothing is left."""
        self._waiting.join()

    def _work(self) -> None:
        while True:
            sweep(self._waiting.get())
            self._waiting.task_done()
