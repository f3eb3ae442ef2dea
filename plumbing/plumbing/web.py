"""Serve a Flask app with gunicorn inside this very process.

Settings come from the caller, not from a command line, so that a wrong one is reported in words
before a port is opened.  SIGTERM lets requests that are under way finish.
"""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

from plumbing.ending import leave_to_the_system

GRACE_S = 7  # `make run` stops everything within 10 s
KEEPALIVE_S = 75  # longer than the edge keeps its side (60 s): the edge never meets a closed one


class _Logger(Logger):  # type: ignore[misc]
    """gunicorn's words through our own handlers; no access log: addresses hold tokens."""

    def setup(self, cfg: Config) -> None:  # noqa: ARG002 - gunicorn's signature
        self.loglevel = logging.INFO
        self.error_log.propagate = True
        self.error_log.handlers.clear()

    def access(self, *_what: object) -> None:
        pass


class _Application(BaseApplication):  # type: ignore[misc]
    def __init__(self, load: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._load = load
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._load()


def serve(
    load: Callable[[], Flask], *, bind: str, port: int, workers: int = 2, threads: int = 8
) -> None:
    """Run until SIGTERM.  `load` is called in each worker, after the fork."""
    application = _Application(
        load,
        {
            "bind": f"{bind}:{port}",
            "workers": workers,
            "worker_class": "gthread",
            "threads": threads,
            "timeout": 30,
            "graceful_timeout": GRACE_S,
            "keepalive": KEEPALIVE_S,
            "limit_request_fields": 60,
            "limit_request_field_size": 8190,
            "logger_class": _Logger,
            "control_socket_disable": True,
            "worker_exit": lambda _master, _worker: leave_to_the_system(),
        },
    )
    try:
        application.run()
    finally:  # it ends by SystemExit
        logging.shutdown()
        leave_to_the_system()
