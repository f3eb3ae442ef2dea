"""The public routes of leads: take a request, and the page that says what happens next."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import RequestEntityTooLarge

from contract.directory import Clinic, Directory, normal_host
from contract.proof import HEADER
from leads import form, gate
from leads.accept import Accepted
from leads.answers import as_page, in_words
from leads.body import MAX_BODY_BYTES, UnreadableBody, read_fields
from leads.client import circumstances, sender
from leads.comments.box import CommentBox, NotKept
from leads.comments.form import Comment
from leads.comments.form import parse as parse_comment
from leads.intake import Intake, NotTaken
from leads.limits import Limits
from leads.pages import NOT_SENT, Pages
from leads.promise import promise
from leads.receipt import Receipt, Receipts
from leads.refusals import RETRY_AFTER_S, not_now, not_served, page_words, refused
from leads.request import FieldError, Request
from leads.synthetic import NotOurs, OwnTest, SyntheticRequests
from plumbing.documents import Reader
from plumbing.plain import no_store
from plumbing.words import Words, later, words_of

logger = logging.getLogger(__name__)

STILL_HERE = later("Your words are still here. Send again, or call us.")
TOO_MANY = later(
    "Too many requests came in at once. Your words are still here. Send again in a minute, or call"
    " us."
)
NO_FORM = later("There is no such form here.")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the routes work with."""

    directory: Reader[Directory]
    pages: Pages
    intake: Intake
    limits: Limits
    receipts: Receipts
    comments: CommentBox
    synthetic: SyntheticRequests

    def clinic(self) -> Clinic | None:
        directory = self.directory.current
        return directory.clinic_at(request.host) if directory else None


def request_routes(desk: Desk) -> Blueprint:
    routes = Blueprint("requests", __name__)

    @routes.get("/leads/requests")
    def form_by_its_address() -> Response:
        """Who reloads a form that came back, from the address bar."""
        clinic = desk.clinic()
        return no_store(_to("/contact/")) if clinic else not_served(desk.directory)

    @routes.post("/leads/requests")
    def take_request() -> Response:
        clinic = desk.clinic()
        return _take(desk, clinic) if clinic else not_served(desk.directory)

    @routes.get("/thanks/")
    def thanks() -> Response:
        clinic = desk.clinic()
        return _thanks(desk, clinic) if clinic else not_served(desk.directory)

    return routes


def _take(desk: Desk, clinic: Clinic) -> Response:
    # before the form is read, the page that it stood on tells the language
    words = page_words(clinic)
    why_not = gate.why_not(clinic, words)
    if why_not:
        return refused(desk.pages, clinic, *why_not, words)
    try:
        body = gate.read_body()
        fields = _fields(clinic, body)
    except RequestEntityTooLarge:
        page = desk.pages.refusal(_host(), 413, words.language)
        large = words("It is larger than %(limit)s KiB.", limit=MAX_BODY_BYTES // 1024)
        call = words("Call %(phone)s.", phone=clinic.phone_display)
        return as_page(413, page, words, words(NOT_SENT), f"{large} {call}")
    except UnreadableBody as unreadable:
        return refused(desk.pages, clinic, 400, unreadable.said(words), words)
    sent = Sent(desk=desk, clinic=clinic, fields=fields)
    proof = request.headers.get(HEADER, "")
    return _take_test(sent, OwnTest(_host(), body, fields, proof)) if proof else _decide(sent)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One form that came in."""

    desk: Desk
    clinic: Clinic
    fields: dict[str, str]

    @property
    def words(self) -> Words:
        return form.words_for(self.fields, self.clinic)


def _decide(sent: Sent) -> Response:
    kind, clinic = sent.fields.get("kind", ""), sent.clinic
    if kind not in form.KINDS:
        words = sent.words("Choose what your request is about")
        return _form_again(sent, 422, errors=[FieldError(field="kind", message=words)])
    if kind not in clinic.forms:
        page = sent.desk.pages.refusal(_host(), 404, sent.words.language)
        return as_page(404, page, sent.words, sent.words(NOT_SENT), sent.words(NO_FORM))
    if sent.desk.limits.sender_over(sender()):
        return _too_many(sent)
    checked = _checked(sent)
    if isinstance(checked, list):
        return _form_again(sent, 422, errors=checked)
    if sent.desk.limits.clinic_over(clinic.slug):
        return _too_many(sent)
    return _keep_comment(sent, checked) if isinstance(checked, Comment) else _keep(sent, checked)


def _checked(sent: Sent) -> Request | Comment | list[FieldError]:
    if sent.fields["kind"] != "comment":
        return form.parse(sent.fields, sent.clinic, now=datetime.now(UTC))
    comment = parse_comment(sent.fields, sent.words, trap=form.TRAP)
    if isinstance(comment, Comment) and not sent.desk.pages.has(_host(), comment.article):
        return [FieldError(field="from", message=sent.words("This article is not here any more"))]
    return comment


def _keep_comment(sent: Sent, comment: Comment) -> Response:
    """It waits to be read: no lead, nobody is told."""
    clinic = sent.clinic.slug
    try:
        sent.desk.comments.take(clinic, comment)
    except NotKept as error:
        logger.warning("comment not kept", extra={"clinic": clinic, "reason": str(error)})
        notice = sent.words("Your comment was not sent.") + " " + sent.words(STILL_HERE)
        return _form_again(sent, 503, errors=[], notice=notice)
    logger.info("comment waits", extra={"clinic": clinic})
    receipt = Receipt(
        clinic=clinic,
        location="",
        kind="comment",
        reference="",
        reply_by="",
        received_at=datetime.now(UTC),
        language=sent.words.language,
    )
    query = urlencode({"t": sent.desk.receipts.write(receipt)})
    return no_store(_to(f"/thanks/?{query}"))


def _too_many(sent: Sent) -> Response:
    logger.warning("too many requests", extra={"clinic": sent.clinic.slug})
    notice = sent.words(NOT_SENT) + " " + sent.words(TOO_MANY)
    return _form_again(sent, 429, errors=[], notice=notice)


def _keep(sent: Sent, checked: Request) -> Response:
    try:
        accepted = sent.desk.intake.take(sent.clinic, checked, circumstances(sent.fields))
    except NotTaken:
        notice = sent.words(NOT_SENT) + " " + sent.words(STILL_HERE)
        return _form_again(sent, 503, errors=[], notice=notice)
    logger.info(
        "request stored" if accepted.new else "request was here before",
        extra={"clinic": sent.clinic.slug, "lead_id": accepted.lead_id, "kind": checked.kind},
    )
    return _thank(sent.desk, sent.clinic, checked, accepted)


def _take_test(sent: Sent, test: OwnTest) -> Response:
    """One of the group's own (leads.synthetic): answered as a patient's is."""
    desk, clinic = sent.desk, sent.clinic
    try:
        checked, accepted = desk.synthetic.take(clinic, test)
    except NotOurs as not_ours:
        logger.warning("test request refused", extra={"clinic": clinic.slug})
        return in_words(403, sent.words, NOT_SENT, str(not_ours))
    except NotTaken:
        return not_now(sent.words)
    logger.info("test request stored", extra={"clinic": clinic.slug, "lead_id": accepted.lead_id})
    return _thank(desk, clinic, checked, accepted)


def _thank(desk: Desk, clinic: Clinic, checked: Request, accepted: Accepted) -> Response:
    receipt = Receipt(
        clinic=clinic.slug,
        location=checked.location.slug,
        kind=checked.kind,
        reference=accepted.reference,
        reply_by=checked.contact.reply_by,
        received_at=accepted.received_at,
        language=checked.language,
    )
    query = urlencode({"ref": accepted.reference, "t": desk.receipts.write(receipt)})
    return no_store(_to(f"/thanks/?{query}"))


def _thanks(desk: Desk, clinic: Clinic) -> Response:
    reference = request.args.get("ref", "")
    receipt = desk.receipts.read(
        request.args.get("t", ""), clinic=clinic.slug, reference=reference, now=datetime.now(UTC)
    )
    location = clinic.location(receipt.location) if receipt else None
    words = words_of("leads", receipt.language) if receipt else page_words(clinic)
    if receipt and receipt.kind == "comment":
        page = desk.pages.thanks_for_comment(_host(), words.language)
        read = words("A person reads every comment before it appears.")
        return as_page(200, page, words, words("Thank you for your comment"), read)
    if receipt is None or location is None:
        page = desk.pages.thanks(
            _host(), location=None, kind="", reference="", promise="", language=words.language
        )
    else:
        page = desk.pages.thanks(
            _host(),
            location=location,
            kind=receipt.kind,
            reference=reference,
            promise=promise(words, location, receipt.received_at, receipt.reply_by),
            language=words.language,
        )
    sure = words("Not sure that your request arrived? Call %(phone)s.", phone=clinic.phone_display)
    title = words("We have your request") if receipt else words("Nothing to show here")
    return as_page(200, page, words, title, sure)


def _fields(clinic: Clinic, body: bytes) -> dict[str, str]:
    """The form's fields; where it says nothing of where it came from, the Referer may.

    Raises UnreadableBody.
    """
    fields = read_fields(body)
    came = urlsplit(request.headers.get("Referer", ""))
    if normal_host(came.netloc) == _host():
        names = ("from", *form.UTM, *(form.CLICK_IDS if clinic.click_ids else ()))
        query = {name: values[0] for name, values in parse_qs(came.query).items()}
        known = {name: query[name] for name in names if name in query}
        fields = {"from": came.path} | known | fields
    return fields


def _page_path(fields: Mapping[str, str]) -> str:
    """The address of the page that the form stood on."""
    return fields.get("page", "") or urlsplit(request.headers.get("Referer", "")).path


def _form_again(sent: Sent, status: int, *, errors: list[FieldError], notice: str = "") -> Response:
    kind, words = sent.fields.get("kind", ""), sent.words
    page = sent.desk.pages.form(
        _host(),
        kind=kind if kind in form.KINDS else next(iter(sent.clinic.forms), "contact"),
        location=_form_location(sent.clinic, sent.fields),
        language=words.language,
        values=sent.fields,
        errors=errors,
        notice=notice,
    )
    said = [error.message.rstrip(".") + "." for error in errors]
    said.append(words("Call %(phone)s.", phone=sent.clinic.phone_display))
    answer = as_page(status, page, words, words(NOT_SENT), " ".join(said))
    if status in RETRY_AFTER_S:
        answer.headers["Retry-After"] = RETRY_AFTER_S[status]
    return answer


def _form_location(clinic: Clinic, fields: dict[str, str]) -> str:
    """The location whose own form this was: on the clinic's form it can be chosen again."""
    slug = fields.get("location", "")
    return slug if "/locations/" in _page_path(fields) and clinic.location(slug) else ""


def _to(address: str) -> Response:
    return redirect(address, 303)  # type: ignore[return-value]


def _host() -> str:
    return normal_host(request.host)
