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
from plumbing.inbox import Answer, Inbox

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

    def post(self, envelopes: list[Envelope]) -> Answer:
        """What the receiver says of them; nothing of any when it cannot be reached."""
        if not envelopes:
            return Answer()
        try:
            answer = self._http.post(EVENTS_PATH, json=[e.to_json() for e in envelopes])
            answer.raise_for_status()
            said = answer.json()
            return Answer(
                confirmed=[UUID(event_id) for event_id in said["confirmed"]],
                refused=[UUID(event_id) for event_id in said.get("refused", [])],
            )
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            logger.warning("events not delivered", extra={"reason": type(error).__name__})
            return Answer()


def event_routes(inbox: Inbox, token: str) -> Blueprint:
    """`POST /internal/events`: a JSON list of envelopes -> {"confirmed": [ids], "refused": [ids]}.

    An event that cannot be taken comes again, and holds up no other; `refused` are those that the
    sender had better set aside.
    """
    routes = Blueprint("events", __name__)

    @routes.post(EVENTS_PATH)
    def take_events() -> tuple[Response, int]:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            return jsonify(error="not for you"), 403
        raws = request.get_json()
        envelopes = read_envelopes(raws)
        answer = inbox.answer(envelopes)
        read = {str(envelope.id) for envelope in envelopes}
        unread = [str(raw["id"]) for raw in raws if raw.get("id") and str(raw["id"]) not in read]
        return jsonify(
            confirmed=[str(event_id) for event_id in answer.confirmed],
            refused=[str(event_id) for event_id in answer.refused] + unread,
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
