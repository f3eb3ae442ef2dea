"""The page behind a link in an alert: it shows how the alert stands, and its button takes it.

Whoever has the link may act: no cookie, no account.  Only POST changes anything, so that nothing
happens when a mail scanner follows the link.  A link that was never made, is cut short or has
lapsed gets one page that says what to do.
"""

import logging

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from contract.directory import Directory
from notify import answered, links
from notify.keyed_pages import from_our_page, keep_private
from notify.links import PATH, Link
from notify.standing import standing
from plumbing.documents import Reader

logger = logging.getLogger(__name__)

NAME = "answers"
SAYS = {"reached": answered.reached, "decline": answered.decline}  # anything else: I have it
SHEET = "/alerts/static"


def routes(engine: Engine, reader: Reader[Directory], desk_url: str) -> Blueprint:
    blueprint = Blueprint(
        NAME,
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path=SHEET,
    )

    @blueprint.get(f"{PATH}<token>")
    def show(token: str) -> Response:
        with engine.begin() as connection:
            link = links.find(connection, token)
        if link is None or not link.usable:
            return _over(link, desk_url)
        page = render_template(
            "answer.html",
            stands=standing(link, reader.current),
            lead_url=f"{desk_url}/leads/{link.lead_id}",
        )
        return make_response(page)

    @blueprint.post(f"{PATH}<token>")
    def act(token: str) -> Response:
        if not from_our_page(desk_url):
            return _refused("answer_wrong_page.html", 403, desk_url)
        with engine.begin() as connection:
            link = links.find(connection, token)
            if link is not None and link.usable:
                say = SAYS.get(request.form.get("say", ""), answered.acknowledge)
                say(connection, alert_id=link.alert_id, contact_id=link.contact_id, how="link")
        if link is None or not link.usable:
            return _over(link, desk_url)
        return make_response(redirect(request.path, 303))  # the page says who has it now

    @blueprint.errorhandler(SQLAlchemyError)
    def away(error: SQLAlchemyError) -> Response:
        logger.error("link not answered", extra={"reason": type(error).__name__})
        answer = _refused("answer_away.html", 503, desk_url)
        answer.headers["Retry-After"] = "30"
        return answer

    keep_private(blueprint)
    return blueprint


def _over(link: Link | None, desk_url: str) -> Response:
    return _refused("answer_over.html", 404 if link is None else 410, desk_url)


def _refused(template: str, status: int, desk_url: str) -> Response:
    return make_response(render_template(template, desk_url=desk_url), status)
