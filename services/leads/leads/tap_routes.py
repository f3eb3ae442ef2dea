"""Where a page tells that a phone number on it was tapped (content's taps.js)."""

import re
from datetime import UTC, datetime

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from contract.directory import normal_host
from leads import gate
from leads.body import UnreadableBody, read_fields
from leads.client import sender
from leads.taps import Taps
from leads.views import Desk

PAGE = re.compile(r"(/[a-z0-9]+(-[a-z0-9]+)*)*/")


def tap_routes(desk: Desk, taps: Taps) -> Blueprint:
    """Nobody waits for the answer, which says nothing."""
    routes = Blueprint("taps", __name__)

    @routes.post("/leads/taps")
    def take_tap() -> Response:
        clinic = desk.clinic()
        if clinic is None:
            return _answer(421)
        if not gate.is_from(clinic) or not gate.is_plain():
            return _answer(403)
        try:
            fields = read_fields(gate.read_body())
        except (RequestEntityTooLarge, UnreadableBody):
            return _answer(400)
        page = fields.get("page", "")
        if PAGE.fullmatch(page) and desk.pages.has(normal_host(request.host), page):
            taps.note(
                clinic,
                phone=fields.get("phone", ""),
                page=page,
                sender=sender(),
                now=datetime.now(UTC),
            )
        return _answer(204)

    return routes


def _answer(status: int) -> Response:
    answer = Response(status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
