"""What went wrong, as application/problem+json (RFC 9457)."""

import json
from http import HTTPStatus

from flask import Response

from leads.request import FieldError

TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - the RFC's word
    """`detail`: what to do, in words, without anything that was sent."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: list[FieldError] | None = None,
        retry_after_s: int = 0,
    ) -> None:
        super().__init__(detail)
        self._status = status
        self._detail = detail
        self._errors = errors or []
        self._retry_after_s = retry_after_s

    def response(self) -> Response:
        body = {
            "type": "about:blank",
            "title": HTTPStatus(self._status).phrase,
            "status": self._status,
            "detail": self._detail,
            "errors": [{"field": e.field, "message": e.message} for e in self._errors],
        }
        answer = Response(json.dumps(body), self._status, mimetype=TYPE)
        answer.headers["Cache-Control"] = "no-store"
        if self._status == HTTPStatus.UNAUTHORIZED:
            answer.headers["WWW-Authenticate"] = "Bearer"
        if self._retry_after_s:
            answer.headers["Retry-After"] = str(self._retry_after_s)
        return answer
