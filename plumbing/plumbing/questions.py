"""Questions to another service that a person waits for: HTTP with the service token.

Unlike an event, a question is asked once and never kept: without an answer the person is told so.

NoAnswer    the other service is away, busy or does not understand
"""

import hmac
import logging
import threading
from collections.abc import Mapping
from typing import Any

import httpx
from flask import Blueprint, Response, jsonify, request

logger = logging.getLogger(__name__)

ANSWER_WITHIN_S = 5.0
AT_ONCE = 2  # a service that hangs holds up no more threads than these


class NoAnswer(Exception):  # noqa: N818 - what there is
    """`heard`: it may have been heard, so what it asked for may have been done."""

    def __init__(self, reason: str, *, heard: bool) -> None:
        super().__init__(reason)
        self.heard = heard


class Questions:
    """Asks one other service.  `base_url`: http://host:port."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        at_once: int = AT_ONCE,
        within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(within_s, connect=1.0),
            trust_env=False,
        )
        self._free = threading.BoundedSemaphore(at_once)

    def ask(self, path: str, question: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one JSON object, another one.  Raises NoAnswer."""
        if not self._free.acquire(blocking=False):
            raise NoAnswer("others are still waiting for their answers", heard=False)
        try:
            return self._ask(path, question)
        except NoAnswer as error:
            fields = {"route": path, "reason": str(error)}
            logger.warning("no answer to a question", extra=fields)
            raise
        finally:
            self._free.release()

    def _ask(self, path: str, question: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self._http.post(path, json=question)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NoAnswer(type(error).__name__, heard=False) from error
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__, heard=True) from error
        if not answer.is_success:
            raise NoAnswer(f"status {answer.status_code}", heard=answer.is_server_error)
        try:
            said = answer.json()
        except ValueError as error:
            raise NoAnswer("no JSON", heard=True) from error
        if not isinstance(said, dict):
            raise NoAnswer("no JSON object", heard=True)
        return said


def refuse_strangers(routes: Blueprint, token: str) -> None:
    """Only who knows the service token is answered on `routes`."""

    @routes.before_request
    def check() -> tuple[Response, int] | None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if hmac.compare_digest(given.encode(), token.encode()):
            return None
        return jsonify(error="not for you"), 403
