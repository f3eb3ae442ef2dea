"""Put the desk into the web process of leads."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response, copy_current_request_context, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from contract.directory import Directory, normal_host
from leads.accept import Acceptor
from leads.bounded import Bounded
from leads.desk.entry import entry_routes
from leads.desk.guard import BLUEPRINT, keep_hosts_apart
from leads.desk.routes import desk_routes
from leads.desk.workplace import DeskPages, Workplace
from leads.settings import Settings
from leads.staff.passkeys import Passkeys
from leads.staff.sign_in import SignIn
from plumbing.documents import Reader
from plumbing.questions import Questions

logger = logging.getLogger(__name__)

THREADS = 4
ANSWER_WITHIN_S = 8.0

WORDS = {
    403: "This form is old, or it came from elsewhere. Go back, reload the page and try again.",
    404: "There is no such page here, or it is not yours to see.",
    413: "That is more than this form takes.",
    503: "The desk cannot reach its database. Requests are still taken. Try again in a moment.",
}


def install_desk(
    app: Flask,
    settings: Settings,
    *,
    engine: Engine,
    directory: Reader[Directory],
    acceptor: Acceptor,
    elsewhere: Callable[[HTTPException], Response | HTTPException],
) -> None:
    """`elsewhere`: what stands for an error on the hosts of clinics."""
    workplace = Workplace(
        settings=settings,
        engine=engine,
        directory=directory,
        acceptor=acceptor,
        sign_in=SignIn(engine=engine, seal_keys=settings.seal_keys, hash_key=settings.hash_key),
        passkeys=Passkeys(host=settings.desk_host, origin=settings.desk_url),
        notify=Questions(settings.notify_url, settings.service_token),
        pages=DeskPages(),
    )
    routes = desk_routes(workplace)
    entry_routes(workplace, routes)
    _say_errors_in_words(app, workplace, elsewhere)
    app.register_blueprint(routes)
    _wait_no_longer(app, Bounded(threads=THREADS, seconds=ANSWER_WITHIN_S))
    keep_hosts_apart(app, settings.desk_host)


def _wait_no_longer(app: Flask, bounded: Bounded) -> None:
    """A frozen database must not keep the threads that take patients' requests."""

    def within(view: Callable[..., Any]) -> Callable[..., Any]:
        def answer(**arguments: object) -> Any:
            return bounded.call(copy_current_request_context(partial(view, **arguments)))

        return answer

    for endpoint, view in app.view_functions.items():
        if endpoint.startswith(f"{BLUEPRINT}."):
            app.view_functions[endpoint] = within(view)


def _say_errors_in_words(
    app: Flask,
    workplace: Workplace,
    elsewhere: Callable[[HTTPException], Response | HTTPException],
) -> None:
    def is_desk() -> bool:
        return normal_host(request.host) == workplace.settings.desk_host

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response | HTTPException:
        if not is_desk():
            return elsewhere(error)
        status = error.code or 500
        words = WORDS.get(status, error.name + ".")
        return workplace.pages.page("refused.html", status, words=words)

    @app.errorhandler(TimeoutError)
    @app.errorhandler(SQLAlchemyError)
    def away(error: Exception) -> Response | HTTPException:
        logger.error("database not usable", extra={"reason": type(error).__name__})
        if not is_desk():
            return elsewhere(ServiceUnavailable())
        return workplace.pages.page("refused.html", 503, words=WORDS[503])
