"""The public routes of leads: take a request, and the page that says what happens next."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import RequestEntityTooLarge

from contract.directory import Clinic, Directory, normal_host
from leads import form
from leads.body import MAX_BODY_BYTES, UnreadableBody, read_fields
from leads.client import client_address
from leads.intake import Intake, NotTaken
from leads.limits import Limits
from leads.pages import NOT_SENT, Pages
from leads.promise import promise
from leads.receipt import Receipt, Receipts
from leads.request import FieldError, Request
from plumbing.documents import Reader

logger = logging.getLogger(__name__)

RETRY_AFTER_S = {429: "60", 503: "30"}
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the routes work with."""

    directory: Reader[Directory]
    pages: Pages
    intake: Intake
    limits: Limits
    receipts: Receipts

    def clinic(self) -> Clinic | None:
        directory = self.directory.current
        return directory.clinic_at(request.host) if directory else None


def request_routes(desk: Desk) -> Blueprint:
    routes = Blueprint("requests", __name__)

    @routes.post("/leads/requests")
    def take_request() -> Response:
        clinic = desk.clinic()
        return _take(desk, clinic) if clinic else _unknown_host(desk)

    @routes.get("/thanks/")
    def thanks() -> Response:
        clinic = desk.clinic()
        return _thanks(desk, clinic) if clinic else _unknown_host(desk)

    return routes


def _take(desk: Desk, clinic: Clinic) -> Response:
    if request.mimetype != FORM_TYPE:
        return _plain(415, f"{NOT_SENT} Send the form as {FORM_TYPE}.")
    try:
        fields = _fields()
    except RequestEntityTooLarge:
        words = f"{NOT_SENT} It is larger than {MAX_BODY_BYTES // 1024} KiB."
        return _page(413, desk.pages.refusal(_host(), 413), f"{words} Call {clinic.phone_display}.")
    except UnreadableBody as unreadable:
        return _plain(400, f"{NOT_SENT} {unreadable} Call {clinic.phone_display}.")
    return _decide(desk, clinic, fields)


def _decide(desk: Desk, clinic: Clinic, fields: dict[str, str]) -> Response:
    kind = fields.get("kind", "")
    if kind not in form.KINDS:
        wrong = FieldError(field="kind", message="Choose what your request is about")
        return _form_again(desk, clinic, 422, fields, errors=[wrong])
    if kind not in form.LEAD_KINDS or kind not in clinic.forms:
        return _page(404, desk.pages.refusal(_host(), 404), "There is no such form here.")
    if desk.limits.address_over(client_address()):
        return _too_many(desk, clinic, fields)
    checked = form.parse(fields, clinic, now=datetime.now(UTC))
    if isinstance(checked, list):
        return _form_again(desk, clinic, 422, fields, errors=checked)
    if desk.limits.clinic_over(clinic.slug):
        return _too_many(desk, clinic, fields)
    return _keep(desk, clinic, fields, checked)


def _too_many(desk: Desk, clinic: Clinic, fields: dict[str, str]) -> Response:
    logger.warning("too many requests", extra={"clinic": clinic.slug})
    notice = (
        f"{NOT_SENT} Too many requests came in at once. Your words are still here. "
        "Send again in a minute, or call us."
    )
    return _form_again(desk, clinic, 429, fields, errors=[], notice=notice)


def _thanks(desk: Desk, clinic: Clinic) -> Response:
    reference = request.args.get("ref", "")
    receipt = desk.receipts.read(
        request.args.get("t", ""), clinic=clinic.slug, reference=reference, now=datetime.now(UTC)
    )
    location = clinic.location(receipt.location) if receipt else None
    if receipt is None or location is None:
        page = desk.pages.thanks(_host(), location=None, kind="", reference="", promise="")
    else:
        page = desk.pages.thanks(
            _host(),
            location=location,
            kind=receipt.kind,
            reference=reference,
            promise=promise(location, receipt.received_at, receipt.reply_by),
        )
    return _page(200, page, f"Not sure that your request arrived? Call {clinic.phone_display}.")


def _keep(desk: Desk, clinic: Clinic, fields: dict[str, str], checked: Request) -> Response:
    try:
        accepted = desk.intake.take(clinic, checked)
    except NotTaken:
        notice = f"{NOT_SENT} Your words are still here. Send again, or call us."
        return _form_again(desk, clinic, 503, fields, errors=[], notice=notice)
    logger.info(
        "request stored" if accepted.new else "request was here before",
        extra={"clinic": clinic.slug, "lead_id": accepted.lead_id, "kind": checked.kind},
    )
    receipt = Receipt(
        clinic=clinic.slug,
        location=checked.location.slug,
        kind=checked.kind,
        reference=accepted.reference,
        reply_by=checked.contact.reply_by,
        received_at=accepted.received_at,
    )
    query = urlencode({"ref": accepted.reference, "t": desk.receipts.write(receipt)})
    return _no_store(redirect(f"/thanks/?{query}", 303))  # type: ignore[arg-type]


def _fields() -> dict[str, str]:
    """The form's fields; where it says nothing of where it came from, the Referer may.

    Raises UnreadableBody, and RequestEntityTooLarge before reading on.
    """
    request.max_content_length = MAX_BODY_BYTES
    fields = read_fields(request.get_data(cache=False))
    came = urlsplit(request.headers.get("Referer", ""))
    if normal_host(came.netloc) == _host():
        query = {name: values[0] for name, values in parse_qs(came.query).items()}
        known = {name: query[name] for name in ("from", *form.UTM) if name in query}
        fields = {"from": came.path} | known | fields
    return fields


def _form_again(
    desk: Desk,
    clinic: Clinic,
    status: int,
    fields: dict[str, str],
    *,
    errors: list[FieldError],
    notice: str = "",
) -> Response:
    kind = fields.get("kind", "")
    page = desk.pages.form(
        _host(),
        kind=kind if kind in form.LEAD_KINDS else next(iter(clinic.forms), "contact"),
        location=_form_location(clinic, fields),
        values=fields,
        errors=errors,
        notice=notice,
    )
    words = " ".join([NOT_SENT, *(error.message + "." for error in errors)])
    answer = _page(status, page, f"{words} Call {clinic.phone_display}.")
    if status in RETRY_AFTER_S:
        answer.headers["Retry-After"] = RETRY_AFTER_S[status]
    return answer


def _form_location(clinic: Clinic, fields: dict[str, str]) -> str:
    """The location whose own form this was: on the clinic's form it can be chosen again."""
    path = urlsplit(request.headers.get("Referer", "")).path
    slug = fields.get("location", "")
    return slug if path.startswith("/locations/") and clinic.location(slug) else ""


def _unknown_host(desk: Desk) -> Response:
    if desk.directory.current is None:
        answer = _plain(503, f"{NOT_SENT} Try again in a moment.")
        answer.headers["Retry-After"] = RETRY_AFTER_S[503]
        return answer
    return _plain(421, "This address is not served here.")


def _host() -> str:
    return normal_host(request.host)


def _page(status: int, page: str | None, words: str) -> Response:
    """`page`, or `words` alone where the release has no such page."""
    if page is None:
        return _plain(status, words)
    return _no_store(Response(page, status, mimetype="text/html"))


def _plain(status: int, words: str) -> Response:
    return _no_store(Response(words + "\n", status, mimetype="text/plain"))


def _no_store(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
