"""Where providers report to us, on the desk's host.

Whoever cannot prove to be the provider gets 403 and changes nothing.  What was said before is
answered as it was then.  When the database is away the answer is 503: providers try again.
"""

import logging

from flask import Blueprint, Response, make_response, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from notify import receipts
from notify.providers.accounts import TwilioAccount
from notify.providers.reports import Refused
from notify.providers.twilio_callbacks import STATUS_PATH, TwilioCallbacks
from notify.settings import Settings

logger = logging.getLogger(__name__)

NAME = "callbacks"
MAX_BODY = 32 * 1024  # a text has at most 1,600 characters, each maybe nine signs in a form
MAX_FIELDS = 100
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def routes(engine: Engine, settings: Settings) -> Blueprint:
    blueprint = Blueprint(NAME, __name__)
    accounts = [
        TwilioAccount.read(url.url) for url in settings.sms_providers if url.scheme == "twilio"
    ]
    twilio = TwilioCallbacks(accounts, public_url=settings.public_url)

    @blueprint.before_request
    def limit() -> None:
        request.max_content_length = MAX_BODY
        request.max_form_parts = MAX_FIELDS

    @blueprint.post(STATUS_PATH)
    def status() -> Response:
        receipt = twilio.receipt(*_asked())
        with engine.begin() as connection:
            is_new = receipts.take(connection, receipt)
        fields = {"provider": receipt.provider, "state": receipt.said}
        logger.info("receipt taken" if is_new else "receipt was here before", extra=fields)
        return make_response("", 204)

    @blueprint.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        fields = {"route": str(request.url_rule), "reason": str(error)}
        logger.warning("callback refused", extra=fields)
        return make_response("403 Forbidden\n", 403, {"Content-Type": "text/plain"})

    @blueprint.errorhandler(SQLAlchemyError)
    def away(error: SQLAlchemyError) -> Response:
        logger.error("callback not taken", extra={"reason": type(error).__name__})
        return make_response("503 Service Unavailable\n", 503, {"Retry-After": "30"})

    @blueprint.after_request
    def private(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    return blueprint


def _asked() -> tuple[str, list[tuple[str, str]], str]:
    """Path and query as they came, the fields, the signature."""
    address = request.environ.get("RAW_URI") or request.full_path.removesuffix("?")
    fields = list(request.form.items(multi=True))
    return address, fields, request.headers.get("X-Twilio-Signature", "")
