"""What patients were sent about their requests: leads asks, over HTTP with the service token."""

from datetime import UTC

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import Connection, Engine, select
from werkzeug.exceptions import BadRequest

from contract.sent import SENT_PATH, Sent
from notify.tables import message
from plumbing.questions import refuse_strangers


def routes(engine: Engine, token: str) -> Blueprint:
    blueprint = Blueprint("sent", __name__)
    refuse_strangers(blueprint, token)

    @blueprint.post(SENT_PATH)
    def sent() -> Response:
        asked = request.get_json()
        leads = asked.get("leads") if isinstance(asked, dict) else None
        if not isinstance(leads, list) or not all(isinstance(one, str) for one in leads):
            raise BadRequest
        with engine.begin() as connection:
            return jsonify(messages=[one.to_json() for one in about(connection, leads)])

    return blueprint


def about(connection: Connection, leads: list[str]) -> list[Sent]:
    """Oldest first."""
    rows = connection.execute(
        select(message)
        .where(message.c.about_lead.in_(leads))
        .order_by(message.c.created_at, message.c.id)
    )
    return [
        Sent(
            lead_id=row.about_lead,
            channel=row.channel,
            to=row.address,
            subject=row.subject,
            text=row.text,
            at=row.created_at.astimezone(UTC).isoformat(),
            state=row.state,
        )
        for row in rows
    ]
