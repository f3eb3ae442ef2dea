"""One JSON object per line on stdout, with the fields of contract.logs and nothing else."""

import json
import logging
import sys
from datetime import UTC, datetime

from contract.logs import FIELDS

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Of an error it keeps class and frames: the error's text may quote what was typed."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        extra = {name: value for name, value in vars(record).items() if name not in STANDARD}
        line |= {name: _plain(value) for name, value in extra.items() if name in FIELDS}
        if left_out := sorted(set(extra) - FIELDS):
            line["left_out"] = left_out
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["frames"] = _frames(record)
        return json.dumps(line, ensure_ascii=True)


def configure_logs(service: str, *, level: int = logging.INFO) -> None:
    """Send every logger's lines to stdout as JSON.  Call once, at start."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # libraries that say at INFO what only a debugger wants, addresses and bodies among it
    for noisy in ("httpx", "httpcore", "alembic", "markdown_it", "watchfiles", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _frames(record: logging.LogRecord) -> list[str]:
    frames = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-12:]
