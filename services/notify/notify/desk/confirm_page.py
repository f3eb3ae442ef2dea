"""The page behind the link to a new address: its button confirms that the owner wants alerts.

Only POST changes anything, so that a mail scanner that follows the link confirms nothing.
"""

import logging

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from contract.directory import Directory
from notify import alerts
from notify.contacts import LOCK
from notify.desk import addresses
from notify.desk.addresses import PATH, WHAT
from notify.desk.changes import tell_managers
from notify.keyed_pages import from_our_page, keep_private
from notify.records import note
from plumbing.documents import Reader

logger = logging.getLogger(__name__)

NAME = "confirmations"


def routes(engine: Engine, reader: Reader[Directory], desk_url: str) -> Blueprint:
    blueprint = Blueprint(NAME, __name__)

    @blueprint.get(f"{PATH}<token>")
    def ask(token: str) -> Response:
        with engine.begin() as connection:
            found = addresses.find(connection, token)
        if found is None or not (found.usable or found.in_force):
            return _over(404 if found is None else 410, desk_url)
        return make_response(
            render_template(
                "confirm_ask.html" if found.usable else "confirm_done.html",
                clinic=_clinic_name(reader, found.clinic),
                name=found.name,
                what=WHAT[found.channel],
                by=found.asked_by,
            )
        )

    @blueprint.post(f"{PATH}<token>")
    def confirm(token: str) -> Response:
        if not from_our_page(desk_url):
            return make_response(render_template("answer_wrong_page.html", desk_url=desk_url), 403)
        with engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            confirmed = _confirm(connection, token, reader, desk_url)
            known = addresses.find(connection, token) is not None
        if not confirmed:
            return _over(410 if known else 404, desk_url)
        return make_response(redirect(request.path, 303))  # the page says that it is confirmed

    @blueprint.errorhandler(SQLAlchemyError)
    def away(error: SQLAlchemyError) -> Response:
        logger.error("link not answered", extra={"reason": type(error).__name__})
        answer = make_response(render_template("answer_away.html", desk_url=desk_url), 503)
        answer.headers["Retry-After"] = "30"
        return answer

    keep_private(blueprint)
    return blueprint


def _confirm(connection: Connection, token: str, reader: Reader[Directory], desk_url: str) -> bool:
    """The address counts from now on; False: the link is over."""
    found = addresses.confirm(connection, token)
    if found is None:
        return False
    directory = reader.current
    clinic = directory.clinic(found.clinic) if directory else None
    said = (
        f"The new {WHAT[found.channel]} of {found.name} is confirmed: alerts go there from now on."
    )
    note(
        connection,
        "new address confirmed",
        clinic=found.clinic,
        detail={"contact": found.key, "channel": found.channel, "asked_by": found.asked_by},
    )
    if clinic is not None:
        link = f"{desk_url}{found.desk_path}"
        tell_managers(connection, clinic, found.tell, what=said, by=found.asked_by, link=link)
    alerts.tell_waiting(connection, found.clinic, directory, desk_url=desk_url)
    return True


def _clinic_name(reader: Reader[Directory], slug: str) -> str:
    clinic = reader.current.clinic(slug) if reader.current else None
    return clinic.name if clinic else "The clinic"


def _over(status: int, desk_url: str) -> Response:
    return make_response(render_template("confirm_over.html", desk_url=desk_url), status)
