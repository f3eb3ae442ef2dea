"""Who may come in: the right host, a live session, and forms that come from our own pages."""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from flask import Flask, Response, redirect, request
from werkzeug.exceptions import Forbidden, NotFound

from contract.directory import Directory, normal_host
from leads.desk.times import Moment, moment
from leads.desk.workplace import SECURITY_HEADERS, Workplace
from leads.settings import Settings
from leads.staff import devices, sessions
from leads.staff.people import Person
from leads.staff.roles import Ability

MAX_FORM_BYTES = 16 * 1024
BLUEPRINT = "desk"
OWN_PATH = re.compile(
    r"/(?:leads/[0-9a-f-]{36}|held|texts|report|comments|people|privacy|account"
    r"|invitation/[\w-]{43}|settings(?:/[a-z0-9-]+/[a-z0-9-]+)?)"
)
DEVICE_COOKIES = ("device", "__Host-device")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A signed-in person's request.  `form_key` goes into each form and must come back."""

    person: Person
    token: str
    form_key: str
    clinics: frozenset[str]
    glass: str  # the clinic that an operator may read for now
    glass_until: Moment | None  # in that clinic's time
    only_lead: UUID | None  # all that this session opens; None: the whole desk

    @property
    def places(self) -> frozenset[tuple[str, str]] | None:
        return self.person.places

    def can(self, ability: str) -> bool:
        return self.person.can(ability) or (bool(self.glass) and ability == Ability.LEADS)


def keep_hosts_apart(app: Flask, desk_host: str) -> None:
    """The desk answers on its own host alone, and nothing else answers there."""

    @app.before_request
    def check() -> None:
        of_the_desk = (request.endpoint or "").startswith(f"{BLUEPRINT}.")
        if (normal_host(request.host) == desk_host) != of_the_desk and request.endpoint:
            raise NotFound


def with_visit(
    workplace: Workplace,
    work: Callable[[Visit], Response],
    *,
    needs: Ability | None = Ability.LEADS,
    lead_id: UUID | None = None,
    changes: bool = False,
    counts_as_use: bool = True,
) -> Response:
    """What `work` answers to a signed-in person who may do what it `needs`.

    Others are sent to sign in; to people of another role the page is not there.

    `lead_id`: the lead that it is about: a remembered device opens that of its alert alone.
    `changes`: it changes a lead, which an operator behind broken glass may not.
    `counts_as_use`: False for what an open page asks for by itself: the session still goes idle.
    """
    visit = find_visit(workplace, counts_as_use=counts_as_use)
    if visit is None or (visit.only_lead and visit.only_lead != lead_id):
        return _come_in(workplace, lead_id)
    if (needs and not visit.can(needs)) or (changes and visit.glass):
        raise NotFound
    if request.method == "POST":
        check_origin(workplace.settings)
        given = request.form.get("form_key", "")
        if not hmac.compare_digest(given.encode(), visit.form_key.encode()):
            raise Forbidden
    return work(visit)


def _come_in(workplace: Workplace, lead_id: UUID | None) -> Response:
    """To the sign-in; on a remembered phone one press is enough for a lead."""
    came_for = request.path if request.method == "GET" and request.path != "/" else ""
    if came_for == f"/leads/{lead_id}" and (token := remembered_device()):
        with workplace.engine.begin() as connection:
            person = devices.owner(connection, token)
        if person:
            return workplace.pages.page("confirm.html", person=person, lead_id=lead_id)
    return go("/sign-in" + (f"?{urlencode({'next': came_for})}" if came_for else ""))


def own_path(path: str) -> str:
    """`path` when a sign-in may lead back to it, else ""."""
    return path if OWN_PATH.fullmatch(path) else ""


def find_visit(workplace: Workplace, *, counts_as_use: bool = True) -> Visit | None:
    token = request.cookies.get(cookie_name(workplace.settings), "")
    if not token:
        return None
    with workplace.engine.begin() as connection:
        session = sessions.find(connection, token, counts_as_use=counts_as_use)
    if session is None:
        return None
    directory = workplace.directory.current
    own = session.person.scope(directory)
    return Visit(
        person=session.person,
        token=token,
        form_key=workplace.settings.hash_key.digest("desk form", token).hex(),
        clinics=own | ({session.glass} - {""}),
        glass=session.glass,
        glass_until=_told(session.glass_until, session.glass, directory),
        only_lead=session.only_lead,
    )


def _told(at: datetime | None, clinic: str, directory: Directory | None) -> Moment | None:
    known = directory.clinic(clinic) if directory else None
    return moment(at, known.zone if known else "UTC", datetime.now(UTC)) if at else None


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


def remembered_device() -> str:
    """The token of a remembered phone, or ""."""
    return next((request.cookies[name] for name in DEVICE_COOKIES if name in request.cookies), "")


def give_device(answer: Response, settings: Settings, token: str) -> Response:
    answer.set_cookie(
        _device_cookie(settings),
        token,
        max_age=int(devices.REMEMBERED_FOR.total_seconds()),
        path="/",
        secure=not settings.demo,
        httponly=True,
        samesite="Lax",
    )
    return answer


def forget_device(answer: Response, settings: Settings) -> Response:
    answer.delete_cookie(
        _device_cookie(settings),
        path="/",
        secure=not settings.demo,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _device_cookie(settings: Settings) -> str:
    return DEVICE_COOKIES[0 if settings.demo else 1]


def take_session(answer: Response, settings: Settings) -> Response:
    answer.delete_cookie(
        cookie_name(settings), path="/", secure=not settings.demo, httponly=True, samesite="Lax"
    )
    return answer


def cookie_name(settings: Settings) -> str:
    """With the prefix a browser takes it over TLS alone, from this very host, for all paths."""
    return "desk" if settings.demo else "__Host-desk"
