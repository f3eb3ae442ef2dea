"""What leads asks about alert settings, over HTTP with the service token."""

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, NotFound

from contract.alert_settings import SHOW_PATH, Question
from contract.directory import Location
from notify.desk.shown import show
from notify.parts import Parts
from notify.settings import Settings
from plumbing.questions import refuse_strangers


def routes(settings: Settings, parts: Parts) -> Blueprint:
    blueprint = Blueprint("alert_settings", __name__)
    refuse_strangers(blueprint, settings.service_token)

    @blueprint.post(SHOW_PATH)
    def shown() -> Response:
        try:
            asked = Question.from_json(request.get_json())
        except (AttributeError, TypeError):
            raise BadRequest from None
        location = _location(parts, asked.clinic, asked.location)
        with parts.engine.connect() as connection:
            answer = show(
                connection,
                asked,
                location,
                channels=settings.channels,
                folder=settings.alerts_dir,
            )
        return jsonify(answer.to_json())

    return blueprint


def _location(parts: Parts, clinic: str, location: str) -> Location:
    """Raises NotFound."""
    known = parts.reader.current.clinic(clinic) if parts.reader.current else None
    found = known.location(location) if known else None
    if found is None:
        raise NotFound
    return found
