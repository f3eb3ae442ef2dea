"""An invitation: the colleague who sent it sends it again or withdraws it; its link accepts it."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy import Connection
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from leads.desk.guard import Visit, check_origin, find_visit, go, with_visit
from leads.desk.workplace import Workplace
from leads.messages import ask_for_message
from leads.scope import Scope, narrow
from leads.staff import audit, colleagues, invitations, joining, links, people
from leads.staff.colleagues import Placed
from leads.staff.invitations import Pending
from leads.staff.joining import Standing
from leads.staff.people import Person
from leads.staff.roles import Ability


def invitation_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.post("/people/invitations/<uuid:invitation_id>")
    def change_invitation(invitation_id: UUID) -> Response:
        return with_visit(
            workplace, lambda visit: _change(workplace, visit, invitation_id), needs=Ability.PEOPLE
        )

    @routes.get("/invitation/<token>")
    def invitation(token: str) -> Response:
        return _shown(workplace, token)

    @routes.post("/invitation/<token>")
    def accept(token: str) -> Response:
        check_origin(workplace.settings)
        return _accept(workplace, token)


def send(workplace: Workplace, scope: Scope, visit: Visit, to: Placed, path: str) -> None:
    """`path`: the link's.  By e-mail alone: who invites sets up nobody's account."""
    ask_for_message(
        scope.connection,
        workplace.settings.event_keys,
        clinic=min(set(to.clinics) & visit.clinics or visit.clinics),
        template="invitation",
        to=to.email,
        values={"link": workplace.settings.desk_url + path, "by": visit.person.name},
    )


def _change(workplace: Workplace, visit: Visit, invitation_id: UUID) -> Response:
    asked = request.form.get("do", "")
    with workplace.scoped(visit) as scope:
        waiting = invitations.find(scope, invitation_id, to=visit.person)
        if waiting is None:
            raise NotFound
        if asked == "invite":
            token = invitations.renew(scope, waiting)
            send(workplace, scope, visit, waiting.asked, f"/invitation/{token}")
        elif asked == "withdraw":
            invitations.withdraw(scope, waiting)
        else:
            raise BadRequest
        for clinic in waiting.asked.clinics:
            audit.note(
                scope.connection,
                f"invitation: {'sent again' if asked == 'invite' else 'withdrawn'}",
                staff_id=visit.person.id,
                clinic=clinic,
                detail={"role": waiting.asked.role},
            )
    return go("/people?invited=1" if asked == "invite" else "/people")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """An invitation and the account under its address, if there is one."""

    waiting: Pending
    person: Person | None
    standing: Standing


def _open(connection: Connection, token: str) -> _Opened | None:
    waiting = invitations.held(connection, token)
    if waiting is None:
        return None
    person = people.by_email(connection, waiting.asked.email)
    return _Opened(waiting=waiting, person=person, standing=joining.standing(person, waiting.asked))


def _shown(workplace: Workplace, token: str) -> Response:
    with workplace.engine.begin() as connection:
        opened = _open(connection, token)
        if opened is None:
            return workplace.pages.page("link_over.html", 410)
        by = people.names(connection, {opened.waiting.invited_by})
    asked, visit = opened.waiting.asked, find_visit(workplace)
    directory = workplace.directory.current
    clinics = [directory.clinic(slug) if directory else None for slug in asked.clinics]
    return workplace.pages.page(
        "invitation.html",
        asked=asked,
        by=by.get(opened.waiting.invited_by, ""),
        clinics=[
            clinic.name if clinic else slug
            for slug, clinic in zip(asked.clinics, clinics, strict=True)
        ],
        role=_role(asked.role),
        own_role=_role(opened.person.role) if opened.person else "",
        standing=opened.standing,
        visit=None if visit is None or visit.only_lead else visit,
    )


def _accept(workplace: Workplace, token: str) -> Response:
    with workplace.engine.begin() as connection:
        opened = _open(connection, token)
        if opened is None:
            return workplace.pages.page("link_over.html", 410)
        if opened.standing is Standing.NEW:
            person = _join(connection, opened, token)
            link = links.make(connection, workplace.settings.seal_keys, person.id)
            return go(f"/welcome/{link}")
    return with_visit(workplace, lambda visit: _join_signed_in(workplace, visit, token), needs=None)


def _join_signed_in(workplace: Workplace, visit: Visit, token: str) -> Response:
    with workplace.engine.begin() as connection:
        opened = _open(connection, token)
        if opened is None:
            return workplace.pages.page("link_over.html", 410)
        if (
            opened.standing is not Standing.JOINS
            or visit.person.email != opened.waiting.asked.email
        ):
            raise Forbidden
        _join(connection, opened, token)
    return go("/")


def _join(connection: Connection, opened: _Opened, token: str) -> Person:
    """Raises Forbidden when somebody was faster with the same link."""
    asked = opened.waiting.asked
    if not invitations.use(connection, token):
        raise Forbidden
    person = joining.join(connection, opened.person, asked)
    scope = narrow(connection, asked.clinics)
    for clinic in asked.clinics:
        audit.note(
            scope.connection,
            "invitation: accepted",
            staff_id=person.id,
            clinic=clinic,
            detail={"role": asked.role},
        )
    return person


def _role(role: str) -> str:
    """ "Manager": what colleagues call it."""
    return colleagues.LABELS.get(role, role).partition(":")[0]
