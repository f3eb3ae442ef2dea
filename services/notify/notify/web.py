"""The web process: events by HTTP, health, links in alerts, and in demos the captured messages."""

import logging
from collections.abc import Mapping

from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

from contract.directory import normal_host
from notify import answers, callbacks, captured
from notify.desk import confirm_page
from notify.desk import routes as desk
from notify.health import Rows, checks
from notify.parts import Parts, build
from notify.sent import routes as sent
from notify.settings import Settings
from plumbing import web
from plumbing.health import health_routes
from plumbing.internal import event_routes

logger = logging.getLogger(__name__)

PROCESS = "notify"
MAX_BODY = 4 * 1024 * 1024  # a relay's batch of events
THREADS = 8
CAPTURED_HOST = "captured.localhost"


def create_app(settings: Settings, parts: Parts) -> Flask:
    app = Flask("notify")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    health_routes(app, checks(settings, parts), collectors=(Rows(parts.engine),))
    app.register_blueprint(event_routes(parts.inbox, settings.service_token))
    app.register_blueprint(sent(parts.engine, settings.service_token))
    app.register_blueprint(desk.routes(settings, parts))
    app.register_blueprint(answers.routes(parts.engine, parts.reader, settings.desk_url))
    app.register_blueprint(confirm_page.routes(parts.engine, parts.reader, settings.desk_url))
    app.register_blueprint(callbacks.routes(parts.engine, parts.reader, settings))
    if settings.demo:
        app.register_blueprint(captured.routes(parts.engine))
    on_desk = dict.fromkeys((answers.NAME, confirm_page.NAME, callbacks.NAME), settings.desk_host)
    keep_hosts_apart(app, {captured.NAME: CAPTURED_HOST} | on_desk)

    @app.errorhandler(HTTPException)
    def in_words(error: HTTPException) -> Response:
        text = f"{error.code} {error.name}\n"
        return Response(text, status=error.code, mimetype="text/plain")

    @app.errorhandler(Exception)
    def without_the_address(error: Exception) -> Response:
        """Flask's own words would put the path into the log, and a path may be a key."""
        fields = {"route": str(request.url_rule), "reason": type(error).__name__}
        logger.error("request failed", exc_info=error, extra=fields)
        return Response("500 Internal Server Error\n", status=500, mimetype="text/plain")

    return app


def keep_hosts_apart(app: Flask, homes: Mapping[str, str]) -> None:
    """What has a host of its own (blueprint -> host) answers there alone, and nothing else does."""

    @app.before_request
    def check() -> None:
        host, home = normal_host(request.host), homes.get(request.blueprint or "")
        if host != home if home else host in homes.values():
            abort(404)


def run(settings: Settings) -> None:
    """Until SIGTERM."""

    def load() -> Flask:
        parts = build(settings, process=PROCESS, pool_size=THREADS)
        parts.reader.start()
        return create_app(settings, parts)

    web.serve(load, bind=settings.bind, port=settings.port, threads=THREADS)
