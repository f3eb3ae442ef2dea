"""/healthz, /readyz and /metrics, the same for every process.

/healthz says that the process lives and depends on nothing; /readyz names what is missing;
/metrics is Prometheus text collected when asked for.
"""

import threading
from collections.abc import Callable, Mapping

from flask import Flask, Response, jsonify
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector
from werkzeug.serving import WSGIRequestHandler, make_server

Check = Callable[[], str | None]  # None: fine; else what is missing, in words without names


def health_routes(
    app: Flask, checks: Mapping[str, Check], *, collectors: tuple[Collector, ...] = ()
) -> None:
    """Add the three routes to `app`."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        missing = {name: reason for name, check in checks.items() if (reason := _ask(check))}
        return jsonify(status="unavailable" if missing else "ok", missing=missing), (
            503 if missing else 200
        )

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")


def serve_health(
    port: int, checks: Mapping[str, Check], *, collectors: tuple[Collector, ...] = (), bind: str
) -> None:
    """Serve the three routes from a thread, for processes that have no web server of their own."""
    app = Flask("health")
    health_routes(app, checks, collectors=collectors)
    server = make_server(bind, port, app, threaded=True, request_handler=_QuietHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _ask(check: Check) -> str | None:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever fails here is what is missing
        return type(error).__name__


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        pass
