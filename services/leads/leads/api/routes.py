"""The routes under /leads/v1."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from contract.directory import Clinic
from leads import form, gate
from leads.accept import KeyReused
from leads.api.body import NotReadable, read_json
from leads.api.document import IDEMPOTENCY_KEY, document
from leads.api.keys import Key, Keys, NotKnownNow
from leads.api.problem import Problem
from leads.body import MAX_BODY_BYTES
from leads.client import circumstances, sender
from leads.intake import NotTaken
from leads.refusals import page_words
from leads.request import FieldError, Request
from leads.views import Desk
from plumbing.words import Words, later

PATH = "/leads/v1"
JSON = "application/json"
PREFLIGHT_S = "600"
# what a patient may read is said in their language; what only programs can mend is not
WRONG = later("Some fields are wrong.")
TOO_MANY = later(
    "Not sent: too many requests came in at once. Try again in a minute, or call %(phone)s."
)


@dataclass(frozen=True, kw_only=True)
class Api:
    """What the routes work with."""

    desk: Desk
    keys: Keys


def api_routes(api: Api) -> Blueprint:
    routes = Blueprint(
        "api", __name__, url_prefix=PATH, template_folder="templates", static_folder="static"
    )

    @routes.post("/requests", provide_automatic_options=False)
    def create() -> Response:
        return _answered(api, lambda clinic: _create(api, clinic))

    @routes.route("/requests", methods=["OPTIONS"], provide_automatic_options=False)
    def preflight() -> Response:
        return _answered(api, lambda clinic: _preflight(api, clinic))

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return _answered(api, lambda _clinic: jsonify(document()))

    @routes.get("/")
    def reference() -> Response:
        return _answered(
            api, lambda _clinic: Response(render_template("reference.html", api=document()))
        )

    @routes.errorhandler(Problem)
    def in_words(problem: Problem) -> Response:
        return problem.response()

    return routes


def _answered(api: Api, work: Callable[[Clinic], Response]) -> Response:
    """What `work` answers to the clinic of this host, or the problem, readable by who asked."""
    clinic = api.desk.clinic()
    if clinic is None:
        known = api.desk.directory.current is not None
        problem = Problem(421, "This address is not served here.") if known else _later(None)
        return problem.response()
    try:
        answer = work(clinic)
    except Problem as problem:
        answer = problem.response()
    except NotKnownNow:
        answer = _later(clinic).response()
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    _share(api, clinic, answer)
    return answer


def _share(api: Api, clinic: Clinic, answer: Response) -> None:
    """Let a page of a listed origin read the answer."""
    answer.headers["Vary"] = "Origin"
    origin = request.headers.get("Origin", "")
    try:
        listed = origin in api.keys.origins(clinic.slug) if origin else False
    except NotKnownNow:
        listed = False
    if listed:
        answer.headers["Access-Control-Allow-Origin"] = origin


def _preflight(api: Api, clinic: Clinic) -> Response:
    if request.headers.get("Origin", "") not in api.keys.origins(clinic.slug):
        raise Problem(403, "Pages of this origin may not send requests to this clinic.")
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = "POST"
    answer.headers["Access-Control-Allow-Headers"] = (
        f"authorization, content-type, {IDEMPOTENCY_KEY}"
    )
    answer.headers["Access-Control-Max-Age"] = PREFLIGHT_S
    return answer


def _create(api: Api, clinic: Clinic) -> Response:
    key = _key(api, clinic)
    limits = api.desk.limits
    # another server sends for many people
    from_many = key is not None and key.kind == "secret"
    if not from_many and limits.sender_over(sender()):
        raise _too_many(clinic, page_words(clinic))
    fields = _fields()
    words = form.words_for(fields, clinic)
    checked = _checked(fields, clinic, words)
    if limits.clinic_over(clinic.slug):
        raise _too_many(clinic, words)
    try:
        accepted = api.desk.intake.take(
            clinic,
            checked,
            circumstances(fields, from_many=from_many),
            idempotency_key=_idempotency_key(),
        )
    except KeyReused:
        raise Problem(
            422, f"This {IDEMPOTENCY_KEY} was used for another request. Use a new one."
        ) from None
    except NotTaken:
        raise _later(clinic, words) from None
    answer = jsonify(reference=accepted.reference)
    answer.status_code = 201
    return answer


def _key(api: Api, clinic: Clinic) -> Key | None:
    """The key that was shown; None: none is needed on the clinic's own pages.  Raises Problem."""
    origin = request.headers.get("Origin", "")
    own = not origin or gate.is_own(clinic, origin)
    shown = request.headers.get("Authorization")
    if shown is None:
        if own:
            return None
        raise Problem(401, "From another site a key is needed: Authorization: Bearer fd_pub_…")
    scheme, _, token = shown.partition(" ")
    key = api.keys.find(clinic.slug, token.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        raise Problem(401, "This key is not known at this clinic, or it was revoked.")
    if key.kind == "public" and origin not in key.origins and not (own and origin):
        raise Problem(403, "A public key works from its listed origins only.")
    if key.kind == "secret" and not own:
        raise Problem(403, "A secret key is for servers: a page must not hold it. Revoke it.")
    return key


def _fields() -> dict[str, str]:
    """Raises Problem."""
    if request.mimetype != JSON:
        raise Problem(415, f"Send the request as {JSON}.")
    if not gate.is_plain():
        raise Problem(415, "Send the request without Content-Encoding.")
    try:
        fields = read_json(gate.read_body())
    except RequestEntityTooLarge:
        raise Problem(413, f"The request is larger than {MAX_BODY_BYTES // 1024} KiB.") from None
    except NotReadable as error:
        raise Problem(400, str(error)) from None
    if isinstance(fields, list):
        raise Problem(422, WRONG, errors=fields)
    return fields


def _checked(fields: dict[str, str], clinic: Clinic, words: Words) -> Request:
    """Raises Problem."""
    kind = fields.get("kind", "")
    if kind not in form.KINDS:
        wrong = FieldError(field="kind", message=words("Choose what your request is about"))
        raise Problem(422, words(WRONG), errors=[wrong])
    if kind not in form.LEAD_KINDS or kind not in clinic.forms:
        raise Problem(404, words("This clinic does not take such requests."))
    checked = form.parse(fields, clinic, now=datetime.now(UTC))
    if isinstance(checked, list):
        raise Problem(422, words(WRONG), errors=checked)
    return checked


def _idempotency_key() -> str:
    """Raises Problem."""
    key = request.headers.get(IDEMPOTENCY_KEY, "")
    if len(key) > 255 or not key.isprintable():  # noqa: PLR2004 - as the document says
        raise Problem(400, f"{IDEMPOTENCY_KEY} must be 1 to 255 printable characters.")
    return key


def _too_many(clinic: Clinic, words: Words) -> Problem:
    return Problem(429, words(TOO_MANY, phone=clinic.phone_display), retry_after_s=60)


def _later(clinic: Clinic | None, words: Words | None = None) -> Problem:
    """`words`: in the language that was sent; None: that of the page, as nothing was read yet."""
    words = words or page_words(clinic)
    call = " " + words("Or call %(phone)s.", phone=clinic.phone_display) if clinic else ""
    return Problem(503, words("Not sent. Try again in half a minute.") + call, retry_after_s=30)
