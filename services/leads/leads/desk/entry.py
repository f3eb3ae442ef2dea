"""Coming in and going out: sign-in, the one-time link, sign-out."""

import logging
from datetime import UTC, datetime

from flask import Blueprint, Response, request

from leads.client import client_address
from leads.desk.guard import (
    Visit,
    check_origin,
    cookie_name,
    find_visit,
    give_session,
    go,
    own_path,
    take_session,
    with_visit,
)
from leads.desk.workplace import Workplace
from leads.staff import audit, links, passwords, people, second_factor, sessions
from leads.staff.backoff import Wait
from leads.staff.links import Link
from leads.staff.people import Person

logger = logging.getLogger(__name__)

WRONG = "The email address, the password or the code is not right."
LONGEST_TYPED = 512


def entry_routes(workplace: Workplace, routes: Blueprint) -> None:
    """Add the routes to the desk's blueprint."""

    @routes.get("/sign-in")
    def sign_in_form() -> Response:
        visit = find_visit(workplace)
        if visit is None or visit.only_lead:  # a remembered phone's session opens no list
            return _sign_in_page(workplace)
        return go("/")

    @routes.post("/sign-in")
    def sign_in() -> Response:
        return _sign_in(workplace)

    @routes.get("/switch")
    def switch() -> Response:
        return with_visit(workplace, lambda visit: _switch(workplace, visit), needs=None)

    @routes.post("/sign-out")
    def sign_out() -> Response:
        return with_visit(workplace, lambda visit: _sign_out(workplace, visit), needs=None)

    @routes.get("/welcome/<token>")
    def welcome(token: str) -> Response:
        return _welcome(workplace, token)

    @routes.post("/welcome/<token>")
    def set_up(token: str) -> Response:
        return _set_up(workplace, token)


def _sign_in_page(
    workplace: Workplace,
    *,
    problem: str = "",
    status: int = 200,
    colleagues: list[Person] | None = None,
) -> Response:
    return workplace.pages.page(
        "sign_in.html",
        status,
        problem=problem,
        email=request.form.get("email", ""),
        colleagues=colleagues or [],
        next=own_path(request.values.get("next", "")),
    )


def _sign_in(workplace: Workplace) -> Response:
    check_origin(workplace.settings)
    found = workplace.sign_in.attempt(
        email=request.form.get("email", "")[:LONGEST_TYPED],
        password=request.form.get("password", "")[:LONGEST_TYPED],
        code=request.form.get("code", "")[:LONGEST_TYPED],
        address=client_address(),
        now=datetime.now(UTC),
    )
    if isinstance(found, Wait):
        minutes = -(-found.seconds // 60)
        words = f"Too many tries. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
        answer = _sign_in_page(workplace, problem=words, status=429)
        answer.headers["Retry-After"] = str(found.seconds)
        return answer
    if found is None:
        return _sign_in_page(workplace, problem=WRONG, status=422)
    with workplace.engine.begin() as connection:  # the colleague before at a shared desk
        sessions.end(connection, request.cookies.get(cookie_name(workplace.settings), ""))
    to = own_path(request.form.get("next", "")) or "/"
    return give_session(go(to), workplace.settings, found)


def _switch(workplace: Workplace, visit: Visit) -> Response:
    """The next person at a shared desk: choose a name, prove it; the one before is signed out."""
    with workplace.engine.begin() as connection:
        others = people.who_see(connection, visit.clinics)
    chosen = [person for person in others if person.id != visit.person.id]
    return _sign_in_page(workplace, colleagues=chosen)


def _sign_out(workplace: Workplace, visit: Visit) -> Response:
    with workplace.engine.begin() as connection:
        sessions.end(connection, visit.token)
        audit.note(connection, "signed out", staff_id=visit.person.id)
    return take_session(go("/sign-in"), workplace.settings)


def _welcome(workplace: Workplace, token: str) -> Response:
    link = _link(workplace, token)
    if link is None:
        return workplace.pages.page("link_over.html", 410)
    if not workplace.settings.demo:
        return _set_up_page(workplace, link)
    if request.method != "GET":  # a mail program looks ahead with HEAD
        return go("/sign-in")
    session = workplace.sign_in.open_by_link(token, link)
    if session is None:
        return workplace.pages.page("link_over.html", 410)
    return give_session(go("/"), workplace.settings, session)


def _set_up(workplace: Workplace, token: str) -> Response:
    check_origin(workplace.settings)
    link = _link(workplace, token)
    if link is None:
        return workplace.pages.page("link_over.html", 410)
    password = request.form.get("password", "")
    code = second_factor.plain_code(request.form.get("code", "")[:LONGEST_TYPED])
    step = second_factor.accepted_step(link.secret, code, datetime.now(UTC))
    errors = _set_up_errors(link, password, step)
    if errors or step is None:
        return _set_up_page(workplace, link, errors=errors, status=422)
    done = workplace.sign_in.set_up(token, link, password, step=step)
    if done is None:
        return workplace.pages.page("link_over.html", 410)
    # The one answer to a form that is no redirect: these codes are not kept anywhere to be read.
    page = workplace.pages.page("recovery_codes.html", codes=done.recovery_codes)
    return give_session(page, workplace.settings, done.session)


def _set_up_errors(link: Link, password: str, step: int | None) -> dict[str, str]:
    errors = {}
    if wrong := passwords.problem(password, email=link.person.email, name=link.person.name):
        errors["password"] = wrong
    elif password != request.form.get("password_again", ""):
        errors |= {"password_again": "The two passwords differ. Type the same one twice"}
    if step is None:
        errors["code"] = "This code does not fit. Type the newest one from your app"
    return errors


def _set_up_page(
    workplace: Workplace, link: Link, *, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    address = second_factor.app_address(
        link.secret, email=link.person.email, issuer=workplace.settings.desk_host
    )
    return workplace.pages.page(
        "set_up.html",
        status,
        person=link.person,
        secret=" ".join(link.secret[at : at + 4] for at in range(0, len(link.secret), 4)),
        qr=second_factor.qr_code(address),
        app_address=address,
        errors=errors or {},
    )


def _link(workplace: Workplace, token: str) -> Link | None:
    with workplace.engine.begin() as connection:
        return links.find(connection, workplace.settings.seal_keys, token)
