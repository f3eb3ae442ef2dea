"""Colleagues: invite by e-mail, change what they may do, let nobody in under an address."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotFound

from contract.directory import Clinic, Directory
from leads.desk.guard import Visit, go, with_visit
from leads.desk.workplace import Workplace
from leads.messages import ask_for_message
from leads.scope import Scope
from leads.staff import audit, colleagues, links, people, sessions
from leads.staff.colleagues import Refused
from leads.staff.people import EVERY_CLINIC, Person
from leads.staff.roles import Ability


def people_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/people")
    def all_people() -> Response:
        return with_visit(workplace, lambda visit: _people(workplace, visit), needs=Ability.PEOPLE)

    @routes.post("/people")
    def invite_person() -> Response:
        return with_visit(workplace, lambda visit: _invite(workplace, visit), needs=Ability.PEOPLE)

    @routes.post("/people/<uuid:staff_id>")
    def change_person(staff_id: UUID) -> Response:
        return with_visit(
            workplace, lambda visit: _change(workplace, visit, staff_id), needs=Ability.PEOPLE
        )


def _people(workplace: Workplace, visit: Visit, *, problem: str = "") -> Response:
    with workplace.engine.begin() as connection:
        managed = colleagues.managed_by(connection, visit.person, visit.clinics)
    directory = workplace.directory.current
    clinics = directory.clinics if directory else ()
    return workplace.pages.page(
        "people.html",
        422 if problem else 200,
        visit=visit,
        managed=[(person, _where(person, directory)) for person in managed],
        roles=[(role, colleagues.LABELS[role]) for role in colleagues.GIVES[visit.person.role]],
        clinics=[clinic for clinic in clinics if clinic.slug in visit.clinics],
        labels=colleagues.LABELS,
        problem=problem,
        typed=request.form,
        invited=request.args.get("invited") == "1",
    )


def _invite(workplace: Workplace, visit: Visit) -> Response:
    try:
        invitation = colleagues.read_invitation(
            email=request.form.get("email", ""),
            name=request.form.get("name", ""),
            role=request.form.get("role", ""),
            places=request.form.getlist("place"),
            by=visit.person,
            directory=workplace.directory.current,
            clinics=visit.clinics,
        )
        with workplace.scoped(visit) as scope:
            person = colleagues.invite(
                scope.connection, invitation, by=visit.person, clinics=visit.clinics
            )
            _note(scope, visit, person, "invited")
            if not person.set_up:
                _send_link(workplace, scope, visit, person)
    except Refused as refused:
        return _people(workplace, visit, problem=str(refused))
    return go("/people?invited=1")


def _change(workplace: Workplace, visit: Visit, staff_id: UUID) -> Response:
    asked = request.form.get("do", "")
    with workplace.scoped(visit) as scope:
        person = people.by_id(scope.connection, staff_id)
        if person is None or not colleagues.may_manage(visit.person, person, visit.clinics):
            raise NotFound
        if asked == "invite" and not person.disabled and not person.set_up:
            _send_link(workplace, scope, visit, person)
        elif asked in {"disable", "enable"}:
            people.disable(scope.connection, person.id, disabled=asked == "disable")
            sessions.end_all(scope.connection, person.id)
        else:
            raise BadRequest
        _note(scope, visit, person, asked)
    return go("/people")


def _send_link(workplace: Workplace, scope: Scope, visit: Visit, person: Person) -> None:
    """By e-mail alone: who invites cannot set up the account of who is invited."""
    token = links.make(scope.connection, workplace.settings.seal_keys, person.id)
    ask_for_message(
        scope.connection,
        workplace.settings.event_keys,
        clinic=min(set(person.clinics) & visit.clinics or visit.clinics),
        template="invitation",
        to=person.email,
        values={"link": f"{workplace.settings.desk_url}/welcome/{token}", "by": visit.person.name},
    )


def _note(scope: Scope, visit: Visit, person: Person, what: str) -> None:
    of_both = sorted(set(person.clinics) & visit.clinics)
    for clinic in of_both or sorted(visit.clinics)[:1]:
        audit.note(
            scope.connection,
            f"person: {what}",
            staff_id=visit.person.id,
            clinic=clinic,
            detail={"person": str(person.id), "role": person.role},
        )


def _where(person: Person, directory: Directory | None) -> str:
    """By the names that colleagues know; what is in no file any more by its slug."""
    if EVERY_CLINIC in person.clinics:
        return "all clinics"
    clinics = {slug: directory.clinic(slug) if directory else None for slug in person.clinics}
    if person.locations:
        return ", ".join(_location_name(clinics, place) for place in person.locations)
    return ", ".join(clinic.name if clinic else slug for slug, clinic in clinics.items())


def _location_name(clinics: Mapping[str, Clinic | None], place: str) -> str:
    slug, _, name = place.partition("/")
    clinic = clinics.get(slug)
    location = clinic.location(name) if clinic else None
    return location.name if location else place
