"""The web process: events by HTTP, health, and in demos the captured messages."""

from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

from contract.directory import normal_host
from notify import captured
from notify.health import Rows, checks
from notify.parts import Parts, build
from notify.settings import Settings
from plumbing import web
from plumbing.health import health_routes
from plumbing.internal import event_routes

PROCESS = "notify"
MAX_BODY = 4 * 1024 * 1024  # a relay's batch of events
THREADS = 8
CAPTURED_HOST = "captured.localhost"


def create_app(settings: Settings, parts: Parts) -> Flask:
    app = Flask("notify")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    health_routes(app, checks(settings, parts), collectors=(Rows(parts.engine),))
    app.register_blueprint(event_routes(parts.inbox, settings.service_token))
    if settings.demo:
        app.register_blueprint(captured.routes(parts.engine))

    @app.before_request
    def keep_apart() -> None:
        """The captured messages answer on their own host alone, and nothing else does there."""
        on_captured_host = normal_host(request.host) == CAPTURED_HOST
        if on_captured_host != (request.blueprint == captured.NAME):
            abort(404)

    @app.errorhandler(HTTPException)
    def in_words(error: HTTPException) -> Response:
        text = f"{error.code} {error.name}\n"
        return Response(text, status=error.code, mimetype="text/plain")

    return app


def run(settings: Settings) -> None:
    """Until SIGTERM."""

    def load() -> Flask:
        parts = build(settings, process=PROCESS, pool_size=THREADS)
        parts.reader.start()
        return create_app(settings, parts)

    web.serve(load, bind=settings.bind, port=settings.port, threads=THREADS)
