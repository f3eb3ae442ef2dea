"""Events between services by HTTP, for when the broker does not answer.

Both ends know one service token.  The receiver answers only after its commit, so the answer is
the confirmation.
"""

import hmac
import logging
from collections.abc import Iterable, Mapping
from uuid import UUID

import httpx
from flask import Blueprint, Response, jsonify, request

from contract.events import EVENTS_PATH, Envelope
from plumbing.inbox import Inbox

logger = logging.getLogger(__name__)

TIMEOUT_S = 10.0


class EventClient:
    """Posts envelopes to one other service.  `base_url`: http://host:port."""

    def __init__(self, base_url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(TIMEOUT_S, connect=1.0),
            trust_env=False,
        )

    def post(self, envelopes: list[Envelope]) -> list[UUID]:
        """The ids that the receiver has stored now.  [] when it cannot be reached."""
        if not envelopes:
            return []
        try:
            answer = self._http.post(EVENTS_PATH, json=[e.to_json() for e in envelopes])
            answer.raise_for_status()
            return [UUID(event_id) for event_id in answer.json()["confirmed"]]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            logger.warning("events not delivered", extra={"reason": type(error).__name__})
            return []


def event_routes(inbox: Inbox, token: str) -> Blueprint:
    """`POST /internal/events`: a JSON list of envelopes -> {"confirmed": [ids]}.

    An event that cannot be taken is left out of the answer and comes again; the others are not
    held up by it.
    """
    routes = Blueprint("events", __name__)

    @routes.post(EVENTS_PATH)
    def take_events() -> tuple[Response, int]:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            return jsonify(error="not for you"), 403
        return jsonify(
            confirmed=[str(i) for i in inbox.take_all(read_envelopes(request.get_json()))]
        ), 200

    return routes


def read_envelopes(raws: Iterable[Mapping[str, object]]) -> list[Envelope]:
    """Those that can be read; what cannot is logged, and stays with its sender."""
    envelopes = []
    for raw in raws:
        try:
            envelopes.append(Envelope.from_json(raw))
        except (KeyError, TypeError, ValueError) as error:
            logger.error("no envelope", extra={"reason": type(error).__name__})  # noqa: TRY400 - the text may quote it
    return envelopes
