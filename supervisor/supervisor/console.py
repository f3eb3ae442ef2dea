"""The terminal and the log files: every line of every process, under its name.

Whoever reads our output may be slow or gone.  So a thread writes it, from a queue of limited
length: when that is full, lines are left out on the screen (the log files have them all) and
no process ever waits for a reader.
"""

import os
import queue
import threading
from collections import deque
from pathlib import Path

QUEUE_LINES = 10_000
LINES_AT_ONCE = 100
LINE_BYTES = 64 * 1024
LOG_FILE_BYTES = 10 * 1024 * 1024
LAST_LINES = 15
FLUSH_TIMEOUT_S = 1.0
COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)  # ANSI foreground


class Console:
    """Writes whole lines to stdout without ever blocking its caller."""

    def __init__(self, fd: int = 1) -> None:
        self._fd = fd
        self._lines: queue.Queue[bytes | None] = queue.Queue(QUEUE_LINES)
        self._left_out = 0
        self.is_terminal = os.isatty(fd)
        self._writer = threading.Thread(target=self._write, name="console", daemon=True)
        self._writer.start()

    def say(self, text: str) -> None:
        self.put(text.encode("utf-8", "replace"))

    def put(self, line: bytes) -> None:
        try:
            if self._left_out:
                note = f"frontdesk | {self._left_out} lines left out here; they are in logs/"
                self._lines.put_nowait(note.encode("ascii"))
                self._left_out = 0
            self._lines.put_nowait(line)
        except queue.Full:
            self._left_out += 1

    def close(self) -> None:
        """Write what is left, for at most a second."""
        try:
            self._lines.put(None, timeout=FLUSH_TIMEOUT_S)
        except queue.Full:
            return
        self._writer.join(FLUSH_TIMEOUT_S)

    def _write(self) -> None:
        is_over = False
        while not is_over:
            lines = [self._lines.get()]
            while len(lines) < LINES_AT_ONCE and not self._lines.empty():
                lines.append(self._lines.get())
            is_over = None in lines
            rest = memoryview(b"".join(line + b"\n" for line in lines if line is not None))
            try:
                while rest:
                    rest = rest[os.write(self._fd, rest) :]
            except OSError:  # the reader is gone: go on without
                self._fd = os.open(os.devnull, os.O_WRONLY)


class LogFile:
    """Appends to `path`; at 10 MB the file becomes `path`.1 and a new one begins."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open()

    def write(self, lines: list[bytes]) -> None:
        piece = b"".join(line + b"\n" for line in lines)
        if self._size + len(piece) > LOG_FILE_BYTES:
            os.close(self._fd)
            self._path.replace(self._path.with_suffix(".log.1"))
            self._open()
        self._size += os.write(self._fd, piece)

    def close(self) -> None:
        os.close(self._fd)

    def _open(self) -> None:
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = os.fstat(self._fd).st_size


class ProcessLog:
    """Takes what one process writes, in pieces, and hands it on in lines."""

    def __init__(self, name: str, *, width: int, colour: int, console: Console, file: Path) -> None:
        prefix = f"{name:<{width}} | "
        if console.is_terminal:
            prefix = f"\x1b[{COLOURS[colour % len(COLOURS)]}m{prefix}\x1b[0m"
        self._prefix = prefix.encode("utf-8")
        self._console = console
        self._file = LogFile(file)
        self._rest = b""
        self._is_full = False
        self.last: deque[str] = deque(maxlen=LAST_LINES)
        self.is_shown = True

    def feed(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LINE_BYTES:
            lines, self._rest = [*lines, self._rest], b""
        self._take(lines)

    def note(self, text: str) -> None:
        """A line of the supervisor's own about this process."""
        self._take([text.encode("utf-8")])

    def close(self) -> None:
        if self._rest:
            self._take([self._rest])
            self._rest = b""
        self._file.close()

    def _take(self, lines: list[bytes]) -> None:
        if not lines:
            return
        self.last += [line.decode("utf-8", "replace") for line in lines[-LAST_LINES:]]
        if self.is_shown:
            for line in lines:
                self._console.put(self._prefix + line)
        try:
            self._file.write(lines)
            self._is_full = False
        except OSError as error:  # a full disk must not end the supervisor
            if not self._is_full:
                self._console.say(f"frontdesk | log files: {error.strerror}")
            self._is_full = True
