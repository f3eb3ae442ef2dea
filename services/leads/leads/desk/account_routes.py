"""One's own account: passkeys, remembered phones, sign-out everywhere."""

import json
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from leads.desk.guard import (
    Visit,
    check_origin,
    forget_device,
    give_device,
    give_session,
    go,
    own_path,
    remembered_device,
    with_visit,
)
from leads.desk.workplace import SECURITY_HEADERS, Workplace
from leads.staff import audit, devices, passkeys, sessions

LONGEST_NAME = 60


def account_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/account")
    def account() -> Response:
        return with_visit(workplace, lambda visit: _account(workplace, visit), needs=None)

    @routes.post("/account")
    def change() -> Response:
        return with_visit(workplace, lambda visit: _change(workplace, visit), needs=None)

    @routes.post("/account/passkeys/options")
    def registration_options() -> Response:
        return with_visit(
            workplace, lambda visit: _registration_options(workplace, visit), needs=None
        )

    @routes.post("/account/passkeys")
    def register() -> Response:
        return with_visit(workplace, lambda visit: _register(workplace, visit), needs=None)

    @routes.post("/sign-in/passkey/options")
    def passkey_sign_in_options() -> Response:
        check_origin(workplace.settings)
        with workplace.engine.begin() as connection:
            return _json(workplace.passkeys.sign_in_options(connection))

    @routes.post("/sign-in/passkey")
    def sign_in_by_passkey() -> Response:
        check_origin(workplace.settings)
        return _sign_in(workplace)

    @routes.post("/leads/<uuid:lead_id>/confirm")
    def confirm(lead_id: UUID) -> Response:
        check_origin(workplace.settings)
        return _confirm(workplace, lead_id)


def _account(workplace: Workplace, visit: Visit, *, problem: str = "") -> Response:
    with workplace.engine.begin() as connection:
        known = passkeys.of(connection, visit.person.id)
        own = devices.owner(connection, remembered_device())
    return workplace.pages.page(
        "account.html",
        422 if problem else 200,
        visit=visit,
        passkeys=known,
        remembered=own is not None and own.id == visit.person.id,
        problem=problem,
    )


def _change(workplace: Workplace, visit: Visit) -> Response:
    """What a press on the account's page asks for."""
    asked, answer = request.form.get("do", ""), go("/account")
    with workplace.engine.begin() as connection:
        if asked == "remember":
            token = devices.remember(connection, visit.person.id)
            answer = give_device(answer, workplace.settings, token)
        elif asked == "forget":
            devices.forget(connection, visit.person.id)
            answer = forget_device(answer, workplace.settings)
        elif asked == "remove_passkey":
            passkeys.remove(connection, visit.person.id, request.form.get("key", ""))
        elif asked == "sign_out_everywhere":
            sessions.end_all(connection, visit.person.id)
            devices.forget(connection, visit.person.id)
            answer = go("/sign-in")
        else:
            raise BadRequest
        audit.note(connection, f"account: {asked}", staff_id=visit.person.id)
    return answer


def _registration_options(workplace: Workplace, visit: Visit) -> Response:
    with workplace.engine.begin() as connection:
        return _json(workplace.passkeys.registration_options(connection, visit.person))


def _register(workplace: Workplace, visit: Visit) -> Response:
    name = " ".join(request.form.get("name", "").split())[:LONGEST_NAME] or "Passkey"
    with workplace.engine.begin() as connection:
        kept = workplace.passkeys.register(connection, visit.person, _answer(), name=name)
        if kept:
            audit.note(connection, "account: passkey added", staff_id=visit.person.id)
    if not kept:
        words = "That passkey could not be added: try again, or remove one of ten first"
        return _account(workplace, visit, problem=words)
    return go("/account")


def _sign_in(workplace: Workplace) -> Response:
    with workplace.engine.begin() as connection:
        person = workplace.passkeys.owner(connection, _answer())
        if person is None:
            audit.note(connection, "passkey refused")
            return workplace.pages.page(
                "sign_in.html",
                422,
                problem="This passkey is not known here.",
                email="",
                colleagues=[],
                next="",
            )
        token = sessions.start(connection, person.id, how="passkey")
        audit.note(connection, "signed in", staff_id=person.id, detail={"factor": "passkey"})
    return give_session(
        go(own_path(request.form.get("next", "")) or "/"), workplace.settings, token
    )


def _confirm(workplace: Workplace, lead_id: UUID) -> Response:
    """A remembered phone opens the lead of an alert, and nothing else."""
    with workplace.engine.begin() as connection:
        person = devices.owner(connection, remembered_device())
        if person is None:
            return go(f"/sign-in?next=/leads/{lead_id}")
        token = sessions.start(connection, person.id, how="device", only_lead=lead_id)
        audit.note(connection, "signed in", staff_id=person.id, detail={"factor": "device"})
    return give_session(go(f"/leads/{lead_id}"), workplace.settings, token)


def _answer() -> dict[str, Any]:
    """What the browser's credential says; {} when it is no JSON object."""
    try:
        answer = json.loads(request.form.get("answer", ""))
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _json(options: str) -> Response:
    return Response(options, mimetype="application/json", headers=SECURITY_HEADERS)
