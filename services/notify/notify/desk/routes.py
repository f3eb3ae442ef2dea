"""What leads asks about alert settings, over HTTP with the service token."""

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, NotFound

from contract.alert_settings import CHANGE_PATH, SHOW_PATH, TEST_PATH, Change, Question
from contract.directory import Clinic, Location
from notify.desk import changes
from notify.desk.shown import show
from notify.parts import Parts
from notify.settings import Settings
from plumbing.questions import refuse_strangers

TEST_WAITS_S = 2.0  # a provider that answers by then is on the page at once


def routes(settings: Settings, parts: Parts) -> Blueprint:
    blueprint = Blueprint("alert_settings", __name__)
    refuse_strangers(blueprint, settings.service_token)

    @blueprint.post(SHOW_PATH)
    def shown() -> Response:
        try:
            asked = Question.from_json(request.get_json())
        except (AttributeError, TypeError):
            raise BadRequest from None
        _, location = _place(parts, asked.clinic, asked.location)
        with parts.engine.begin() as connection:
            answer = show(
                connection,
                asked,
                location,
                channels=settings.channels,
                folder=settings.alerts_dir,
            )
        return jsonify(answer.to_json())

    @blueprint.post(CHANGE_PATH)
    def changed() -> Response:
        asked = _change()
        if asked.do not in changes.DONE:
            raise BadRequest
        answer = changes.change(
            parts.engine,
            asked,
            *_place(parts, asked.clinic, asked.location),
            directory=parts.reader.current,
            desk_url=settings.desk_url,
        )
        return jsonify(answer.to_json())

    @blueprint.post(TEST_PATH)
    def tested() -> Response:
        asked = _change()
        place = _place(parts, asked.clinic, asked.location)
        answer = changes.test(parts.engine, asked, *place, wait_s=TEST_WAITS_S)
        return jsonify(answer.to_json())

    return blueprint


def _change() -> Change:
    """Raises BadRequest."""
    try:
        return Change.from_json(request.get_json())
    except (AttributeError, TypeError):
        raise BadRequest from None


def _place(parts: Parts, clinic: str, location: str) -> tuple[Clinic, Location]:
    """Raises NotFound."""
    known = parts.reader.current.clinic(clinic) if parts.reader.current else None
    found = known.location(location) if known else None
    if known is None or found is None:
        raise NotFound
    return known, found
