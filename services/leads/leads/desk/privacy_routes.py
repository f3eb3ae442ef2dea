"""What is stored about a person: found, handed over, held, erased.  For owners."""

import json
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotFound

from leads.desk import book, privacy_page, proof
from leads.desk.guard import Visit, with_visit
from leads.desk.privacy_page import FORMATS
from leads.desk.workplace import SECURITY_HEADERS, Workplace
from leads.privacy import holding
from leads.privacy.bundle import bundle, page
from leads.privacy.erasing import erase_person, standing
from leads.privacy.finding import Found, Keys, found
from leads.privacy.person import Person
from leads.privacy.records import record
from leads.privacy.sent import sent_about
from leads.scope import Scope
from leads.staff import audit
from leads.staff.roles import Ability
from plumbing.questions import NoAnswer

NEITHER = "That is neither a whole phone number nor an email address"
NO_FILE = "No file was made."
NOT_ERASED = "Nothing was erased."


def privacy_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/privacy")
    def privacy() -> Response:
        return with_visit(workplace, lambda visit: _start(workplace, visit), needs=Ability.PRIVACY)

    @routes.post("/privacy")
    def find_person() -> Response:
        return with_visit(workplace, lambda visit: _find(workplace, visit), needs=Ability.PRIVACY)

    @routes.post("/privacy/export")
    def export_person() -> Response:
        return with_visit(workplace, lambda visit: _export(workplace, visit), needs=Ability.PRIVACY)

    @routes.post("/privacy/erase")
    def erase() -> Response:
        return with_visit(workplace, lambda visit: _erase(workplace, visit), needs=Ability.PRIVACY)

    @routes.post("/privacy/holds/<uuid:lead_id>")
    def hold_request(lead_id: UUID) -> Response:
        return with_visit(
            workplace, lambda visit: _hold(workplace, visit, lead_id), needs=Ability.PRIVACY
        )


def _start(workplace: Workplace, visit: Visit, *, problem: str = "") -> Response:
    with workplace.scoped(visit) as scope:
        glance = workplace.glance(visit.clinics)
        held = privacy_page.held(scope, glance)
    return workplace.pages.page(
        "privacy.html",
        422 if problem else 200,
        visit=visit,
        who=_who() if problem else "",
        problem=problem,
        held=held,
    )


def _find(workplace: Workplace, visit: Visit) -> Response:
    person = Person.read(_who())
    if person is None:
        return _start(workplace, visit, problem=NEITHER)
    with workplace.scoped(visit) as scope:
        what = found(scope, _keys(workplace), person)
        _note(scope, visit, "person: find", what)
        return _show(workplace, visit, scope, person, what)


def _show(
    workplace: Workplace,
    visit: Visit,
    scope: Scope,
    person: Person,
    what: Found,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    """All that was found, and what can be done with it."""
    glance = workplace.glance(visit.clinics)
    return workplace.pages.page(
        "person.html",
        status,
        visit=visit,
        who=_who(),
        page=privacy_page.person_page(scope, glance, _keys(workplace), person, what),
        formats=FORMATS,
        problem=problem,
        proves=proof.proves(visit),
    )


def _export(workplace: Workplace, visit: Visit) -> Response:
    person, form = Person.read(_who()), request.form.get("format", "")
    if person is None or form not in FORMATS:
        raise BadRequest
    doubt = proof.doubt(workplace, visit)
    with workplace.scoped(visit) as scope:
        keys = _keys(workplace)
        what = found(scope, keys, person)
        if doubt:
            words = f"{doubt.words}. {NO_FILE}"
            return _show(workplace, visit, scope, person, what, problem=words, status=doubt.status)
        try:
            sent = sent_about(workplace.notify, what)
        except NoAnswer:
            words = (
                f"What was sent to the patient cannot be read now: try again in a minute. {NO_FILE}"
            )
            return _show(workplace, visit, scope, person, what, problem=words, status=503)
        contents = bundle(scope, keys, person, what, workplace.directory.current, sent=sent)
        _note(scope, visit, "person: export", what)
    made = page(contents) if form == "html" else json.dumps(contents, indent=1, ensure_ascii=False)
    disposition = f'attachment; filename="what-is-stored.{form}"'
    return Response(
        made,
        mimetype="text/html" if form == "html" else "application/json",
        headers=SECURITY_HEADERS | {"Content-Disposition": disposition},
    )


def _erase(workplace: Workplace, visit: Visit) -> Response:
    """First a list of what would go; with `sure` it goes."""
    person = Person.read(_who())
    if person is None:
        raise BadRequest
    sure = request.form.get("sure") == "yes"
    doubt = proof.doubt(workplace, visit) if sure else None
    reason = holding.reason_in(request.form.get("reason", ""))
    with workplace.scoped(visit) as scope:
        keys = _keys(workplace)
        what = found(scope, keys, person)
        stands = standing(scope, what)
        problem, status = "", 200
        if doubt:
            problem, status = f"{doubt.words}. {NOT_ERASED}", doubt.status
        elif sure and stands.unanswered and not reason:
            problem = f"Say why, in {holding.HOW_LONG}. {NOT_ERASED}"
            status = 422
        if not sure or problem or stands.held or not what:
            glance = workplace.glance(visit.clinics)
            return workplace.pages.page(
                "erase.html",
                status,
                visit=visit,
                who=_who(),
                page=privacy_page.person_page(scope, glance, keys, person, what),
                reason=request.form.get("reason", ""),
                problem=problem,
                proves=proof.proves(visit),
            )
        _note(scope, visit, "person: erase", what, reason=reason)
        taken = privacy_page.taken(scope, workplace.glance(visit.clinics), what)
        at = erase_person(scope, keys, person, what)
    records = [
        record(clinic, mark, at)
        for clinic in what.clinics
        for mark in person.marks(keys.hash, clinic)
    ]
    return workplace.pages.page(
        "erased.html", visit=visit, found=what, records=records, taken=taken
    )


def _hold(workplace: Workplace, visit: Visit, lead_id: UUID) -> Response:
    asked = request.form.get("do", "")
    reason = holding.reason_in(request.form.get("reason", ""))
    person = Person.read(_who())
    problem = ""
    with workplace.scoped(visit) as scope:
        row = book.one(scope, lead_id)
        if row is None:
            raise NotFound
        if asked == "release":
            done = holding.release(scope, lead_id)
        elif asked != "hold":
            raise BadRequest
        elif not reason:
            done = False
            problem = f"Say why, in {holding.HOW_LONG}. Nothing is held."
        else:
            done = holding.hold(
                scope,
                clinic=row["clinic"],
                lead_id=lead_id,
                reason=reason,
                staff_id=visit.person.id,
            )
        if done:
            audit.note(
                scope.connection,
                "request held" if asked == "hold" else "request no longer held",
                staff_id=visit.person.id,
                clinic=row["clinic"],
                lead_id=lead_id,
                detail={"reason": reason} if asked == "hold" else {},
            )
        if person:
            what = found(scope, _keys(workplace), person)
            status = 422 if problem else 200
            return _show(workplace, visit, scope, person, what, problem=problem, status=status)
    return _start(workplace, visit, problem=problem)


def _who() -> str:
    """What was typed: it travels in forms, never in an address."""
    return request.form.get("who", "").replace("\0", "")


def _keys(workplace: Workplace) -> Keys:
    return Keys(seal=workplace.settings.seal_keys, hash=workplace.settings.hash_key)


def _note(scope: Scope, visit: Visit, action: str, what: Found, *, reason: str = "") -> None:
    for clinic in what.clinics:
        count = sum(row["clinic"] == clinic for row in what.leads)
        audit.note(
            scope.connection,
            action,
            staff_id=visit.person.id,
            clinic=clinic,
            detail={"leads": count} | ({"reason": reason} if reason else {}),
        )
