"""What somebody reads whose request is not taken: the clinic's own page, or one of no clinic.

Programs, which ask below /leads/v1, get problem+json.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Response, request
from werkzeug.exceptions import HTTPException

from contract.directory import Clinic, Directory, normal_host
from leads.answers import as_page, in_words
from leads.api.problem import Problem
from leads.pages import NOT_SENT, Pages
from plumbing.documents import Reader
from plumbing.plain import no_store
from plumbing.words import Words, later, words_of

RETRY_AFTER_S = {429: "60", 503: "30"}
API = "/leads/v1/"
FOR_PEOPLE = frozenset({"/leads/requests", "/thanks", "/thanks/"})
ELSEWHERE = later("Nothing is served at this address")
NO_CLINIC = later(
    "The name in the address bar may be mistyped, or it does not lead to a clinic any more. Check"
    " it, or search for the clinic by its name and call it."
)
NOT_NOW = later(
    "Our mailbox is not working at the moment. Go back: your words are still there. Wait a minute"
    " and send it again, or call the clinic."
)
AGAIN = later("Go back, load the page anew and send it again.")


def page_words(clinic: Clinic | None) -> Words:
    """In the language of the page that the Referer names; without a clinic in any that we speak."""
    first = f"{urlsplit(request.headers.get('Referer', '')).path}/".split("/")[1]
    if clinic is None or first in clinic.languages:
        return words_of("leads", first)
    return words_of("leads", clinic.languages[0])


def refused(pages: Pages, clinic: Clinic, status: int, reason: str, words: Words) -> Response:
    """In the clinic's look: `reason` says why nothing was sent, the page whom to call."""
    page = pages.refused(normal_host(request.host), reason, words.language)
    call = words("Call %(phone)s.", phone=clinic.phone_display)
    return as_page(status, page, words, words(NOT_SENT), f"{reason} {call}")


def not_served(directory: Reader[Directory]) -> Response:
    """Of a host that is no clinic's, or that is not known to be one yet."""
    words = page_words(None)
    if directory.current is None:
        return not_now(words)
    sent = request.method == "POST"
    title = words(NOT_SENT) if sent else words(ELSEWHERE)
    return in_words(HTTPStatus.MISDIRECTED_REQUEST, words, title, words(NO_CLINIC))


def not_now(words: Words, html: str | None = None) -> Response:
    answer = as_page(503, html, words, words(NOT_SENT), words(NOT_NOW))
    answer.headers["Retry-After"] = RETRY_AFTER_S[503]
    return answer


class Refusals:
    """What stands instead of a bare error where a patient or a program may meet one."""

    def __init__(self, directory: Reader[Directory], pages: Pages) -> None:
        self._directory = directory
        self._pages = pages

    def __call__(self, error: HTTPException) -> Response | HTTPException:
        """`error` itself where only services ask."""
        if not request.path.startswith(API) and request.path not in FOR_PEOPLE:
            return error
        answer = self._answer(error, error.code or 500)
        if allowed := dict(error.get_headers()).get("Allow"):
            answer.headers["Allow"] = allowed
        return answer

    def _answer(self, error: HTTPException, status: int) -> Response:
        if request.path.startswith(API):
            return no_store(Problem(status, error.description or error.name).response())
        known = self._directory.current
        clinic = known.clinic_at(request.host) if known else None
        if clinic is None:
            return not_served(self._directory)
        words = page_words(clinic)
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return refused(self._pages, clinic, status, words(AGAIN), words)
        host = normal_host(request.host)
        answer = not_now(words, self._pages.refusal(host, 503, words.language))
        answer.status_code = status
        return answer
