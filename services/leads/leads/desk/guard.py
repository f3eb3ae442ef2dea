"""Who may come in: the right host, a live session, and forms that come from our own pages."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, redirect, request
from werkzeug.exceptions import Forbidden, NotFound

from contract.directory import normal_host
from leads.desk.workplace import SECURITY_HEADERS, Workplace
from leads.settings import Settings
from leads.staff import sessions
from leads.staff.people import Person

MAX_FORM_BYTES = 16 * 1024
BLUEPRINT = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A signed-in person's request.  `form_key` goes into each form and must come back."""

    person: Person
    token: str
    form_key: str
    clinics: frozenset[str]


def keep_hosts_apart(app: Flask, desk_host: str) -> None:
    """The desk answers on its own host alone, and nothing else answers there."""

    @app.before_request
    def check() -> None:
        of_the_desk = (request.endpoint or "").startswith(f"{BLUEPRINT}.")
        if (normal_host(request.host) == desk_host) != of_the_desk and request.endpoint:
            raise NotFound


def with_visit(
    workplace: Workplace, work: Callable[[Visit], Response], *, counts_as_use: bool = True
) -> Response:
    """What `work` answers to a signed-in person; others are sent to sign in.

    `counts_as_use`: False for what an open page asks for by itself: the session still goes idle.
    """
    visit = find_visit(workplace, counts_as_use=counts_as_use)
    if visit is None:
        came_for = request.path if request.method == "GET" and request.path != "/" else ""
        return go("/sign-in" + (f"?{urlencode({'next': came_for})}" if came_for else ""))
    if request.method == "POST":
        check_origin(workplace.settings)
        given = request.form.get("form_key", "")
        if not hmac.compare_digest(given.encode(), visit.form_key.encode()):
            raise Forbidden
    return work(visit)


def find_visit(workplace: Workplace, *, counts_as_use: bool = True) -> Visit | None:
    token = request.cookies.get(cookie_name(workplace.settings), "")
    if not token:
        return None
    with workplace.engine.begin() as connection:
        person = sessions.find(connection, token, counts_as_use=counts_as_use)
    if person is None:
        return None
    return Visit(
        person=person,
        token=token,
        form_key=workplace.settings.hash_key.digest("desk form", token).hex(),
        clinics=person.scope(workplace.directory.current),
    )


def check_origin(settings: Settings) -> None:
    """Browsers say where a form comes from: it must be one of ours.  Raises Forbidden."""
    request.max_content_length = MAX_FORM_BYTES
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = urlsplit(request.headers.get("Origin", settings.desk_url))
    ours = urlsplit(settings.desk_url)
    if site != "same-origin" or (origin.scheme, normal_host(origin.netloc)) != (
        ours.scheme,
        settings.desk_host,
    ):
        raise Forbidden


def go(path: str) -> Response:
    """See other: a reload repeats nothing."""
    answer = redirect(path, 303)
    answer.headers.extend(SECURITY_HEADERS)
    return answer  # type: ignore[return-value]


def give_session(answer: Response, settings: Settings, token: str) -> Response:
    answer.set_cookie(
        cookie_name(settings),
        token,
        max_age=int(sessions.ABSOLUTE.total_seconds()),
        path="/",
        secure=not settings.demo,
        httponly=True,
        samesite="Lax",
    )
    return answer


def take_session(answer: Response, settings: Settings) -> Response:
    answer.delete_cookie(
        cookie_name(settings), path="/", secure=not settings.demo, httponly=True, samesite="Lax"
    )
    return answer


def cookie_name(settings: Settings) -> str:
    """With the prefix a browser takes it over TLS alone, from this very host, for all paths."""
    return "desk" if settings.demo else "__Host-desk"
