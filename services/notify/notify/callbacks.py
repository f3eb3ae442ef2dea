"""Where providers report to us, on the desk's host.

Whoever cannot prove to be the provider gets 403 and changes nothing.  What was said before is
answered as it was then.  When the database is away the answer is 503: providers try again.
"""

import logging
import time
from xml.sax.saxutils import escape

from flask import Blueprint, Response, make_response, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from contract.directory import Directory
from notify import inbound, receipts
from notify.inbound import Desk
from notify.providers import bounces
from notify.providers.accounts import TwilioAccount
from notify.providers.reports import Refused
from notify.providers.twilio_callbacks import (
    INBOUND_PATH,
    STATUS_PATH,
    TwilioCallbacks,
)
from notify.settings import Settings
from plumbing.documents import Reader

logger = logging.getLogger(__name__)

NAME = "callbacks"
MAX_BODY = 32 * 1024  # a text has at most 1,600 characters, each maybe nine signs in a form
MAX_BOUNCE = 64 * 1024  # a notification with the mail that it is about; the edge's limit
MAX_FIELDS = 100
BOUNCE_PATH = "/alerts/bounces"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def routes(engine: Engine, reader: Reader[Directory], settings: Settings) -> Blueprint:
    blueprint = Blueprint(NAME, __name__)
    accounts = [
        TwilioAccount.read(url.url) for url in settings.sms_providers if url.scheme == "twilio"
    ]
    twilio = TwilioCallbacks(accounts, public_url=settings.public_url)

    @blueprint.before_request
    def limit() -> None:
        request.max_content_length = MAX_BOUNCE if request.path == BOUNCE_PATH else MAX_BODY
        request.max_form_parts = MAX_FIELDS

    @blueprint.post(STATUS_PATH)
    def status() -> Response:
        receipt = twilio.receipt(*_asked())
        with engine.begin() as connection:
            is_new = receipts.take(connection, receipt)
        fields = {"provider": receipt.provider, "state": receipt.said}
        logger.info("receipt taken" if is_new else "receipt was here before", extra=fields)
        return make_response("", 204)

    @blueprint.post(INBOUND_PATH)
    def came_in() -> Response:
        text = twilio.inbound(*_asked())
        desk = Desk(
            keys=settings.event_keys,
            directory=reader.current,
            operator=settings.operator_email,
        )
        with engine.begin() as connection:
            answer = inbound.take(connection, text, desk)
        logger.info("text came in", extra={"provider": text.provider})
        return make_response(_twiml(answer), {"Content-Type": "text/xml"})

    @blueprint.post(BOUNCE_PATH)
    def bounced() -> Response:
        body = request.get_data(cache=False)
        signature = request.headers.get("X-Frontdesk-Signature", "")
        bounces.check_signature(settings.bounce_secret, body, signature, now=time.time())
        read = bounces.read_json if request.is_json else bounces.read_mail
        reports = read(body, others=len(settings.email_providers) > 1)
        with engine.begin() as connection:
            taken = [receipts.take(connection, report) for report in reports]
        logger.info("bounces taken", extra={"count": sum(taken)})
        return make_response("", 204)

    _refuse_in_words(blueprint)
    return blueprint


def _refuse_in_words(blueprint: Blueprint) -> None:
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


def _asked() -> tuple[str, list[tuple[str, str]], str]:
    """Path and query as they came, the fields, the signature."""
    address = request.environ.get("RAW_URI") or request.full_path.removesuffix("?")
    fields = list(request.form.items(multi=True))
    return address, fields, request.headers.get("X-Twilio-Signature", "")


def _twiml(answer: str | None) -> str:
    """What Twilio is to send back, in its own language."""
    said = f"<Message>{escape(answer)}</Message>" if answer else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{said}</Response>'
