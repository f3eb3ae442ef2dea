"""Colleagues: invite by e-mail, change what they may do, let nobody in under an address."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotFound

from contract.directory import Clinic, Directory
from leads.desk import times
from leads.desk.guard import Visit, go, with_visit
from leads.desk.invitation_routes import send
from leads.desk.list_page import zone_of
from leads.desk.workplace import Workplace
from leads.scope import Scope
from leads.staff import audit, colleagues, invitations, links, people, sessions
from leads.staff.colleagues import Invitation, Placed, Refused
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
    with workplace.scoped(visit) as scope:
        managed = colleagues.managed_by(scope.connection, visit.person, visit.clinics)
        waiting = invitations.pending(scope, to=visit.person)
    glance = workplace.glance(visit.clinics)
    clinics = glance.directory.clinics if glance.directory else ()
    zone = zone_of(glance.directory, visit)
    return workplace.pages.page(
        "people.html",
        422 if problem else 200,
        visit=visit,
        managed=[
            (
                person,
                _where(person, glance.directory, visit),
                colleagues.is_only_of(person, visit.clinics),
            )
            for person in managed
        ],
        waiting=[
            (
                each,
                _where(each.asked, glance.directory, visit),
                times.moment(each.expires_at, zone, glance.now),
            )
            for each in waiting
        ],
        roles=[(role, colleagues.LABELS[role]) for role in colleagues.GIVES[visit.person.role]],
        clinics=[clinic for clinic in clinics if clinic.slug in visit.clinics],
        labels=colleagues.LABELS,
        problem=problem,
        typed=request.form,
        done=request.args.get("done", ""),
    )


def _invite(workplace: Workplace, visit: Visit) -> Response:
    """The same answer, and the same work, whether or not the address has an account elsewhere."""
    try:
        asked = colleagues.read_invitation(
            email=request.form.get("email", ""),
            name=request.form.get("name", ""),
            role=request.form.get("role", ""),
            places=request.form.getlist("place"),
            by=visit.person,
            directory=workplace.directory.current,
            clinics=visit.clinics,
        )
    except Refused as refused:
        return _people(workplace, visit, problem=str(refused))
    with workplace.scoped(visit) as scope:
        known = colleagues.already_here(
            scope.connection, asked, by=visit.person, clinics=visit.clinics
        )
        if known:
            return _change_known(workplace, scope, visit, known, asked)
        token = invitations.make(scope, asked, by=visit.person)
        send(workplace, scope, visit, asked, f"/invitation/{token}")
        for clinic in asked.clinics:
            audit.note(
                scope.connection,
                "invitation: sent",
                staff_id=visit.person.id,
                clinic=clinic,
                detail={"role": asked.role},
            )
    return go("/people?done=invited")


def _change_known(
    workplace: Workplace, scope: Scope, visit: Visit, known: Person, asked: Invitation
) -> Response:
    """A colleague who is in the list gets the name, role and places that were typed."""
    people.change(
        scope.connection,
        known.id,
        name=asked.name,
        role=asked.role,
        clinics=asked.clinics,
        locations=asked.locations,
    )
    _note(scope, visit, known, "changed")
    if not known.set_up and not known.disabled:
        _send_link(workplace, scope, visit, known)
    return go("/people?done=changed")


def _change(workplace: Workplace, visit: Visit, staff_id: UUID) -> Response:
    asked = request.form.get("do", "")
    with workplace.scoped(visit) as scope:
        person = people.by_id(scope.connection, staff_id)
        if person is None or not colleagues.may_manage(visit.person, person, visit.clinics):
            raise NotFound
        if asked == "invite" and not person.disabled and not person.set_up:
            _send_link(workplace, scope, visit, person)
        elif asked == "disable":
            colleagues.part(scope.connection, person, visit.clinics)
            sessions.end_all(scope.connection, person.id)
        elif asked == "enable" and colleagues.is_only_of(person, visit.clinics):
            people.disable(scope.connection, person.id, disabled=False)
        else:
            raise BadRequest
        _note(scope, visit, person, asked)
    return go("/people?done=invited" if asked == "invite" else "/people")


def _send_link(workplace: Workplace, scope: Scope, visit: Visit, person: Person) -> None:
    token = links.make(scope.connection, workplace.settings.seal_keys, person.id)
    send(workplace, scope, visit, person, f"/welcome/{token}")


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


def _where(of: Placed, directory: Directory | None, visit: Visit) -> str:
    """By the names that colleagues know, and of the reader's own clinics alone.

    What is in no file any more stands there by its slug.
    """
    if EVERY_CLINIC in of.clinics:
        return "all clinics"
    slugs = [slug for slug in of.clinics if slug in visit.clinics]
    clinics = {slug: directory.clinic(slug) if directory else None for slug in slugs}
    if of.locations:
        own = (place for place in of.locations if place.partition("/")[0] in clinics)
        return ", ".join(_location_name(clinics, place) for place in own)
    return ", ".join(clinic.name if clinic else slug for slug, clinic in clinics.items())


def _location_name(clinics: Mapping[str, Clinic | None], place: str) -> str:
    slug, _, name = place.partition("/")
    clinic = clinics.get(slug)
    location = clinic.location(name) if clinic else None
    return location.name if location else place
