"""Comments that wait below articles: approve, reject, or see that the writer asks for care."""

from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy import select
from werkzeug.exceptions import BadRequest, NotFound

from leads import tables
from leads.comments import store
from leads.comments.care import as_request
from leads.desk import times
from leads.desk.guard import Visit, go, with_visit
from leads.desk.list_page import zone_of
from leads.desk.workplace import Workplace
from leads.spam.judge import Verdict
from leads.staff import audit
from leads.staff.roles import Ability

DECISIONS = {"approve": "approved", "reject": "rejected", "care": "rejected"}
SIGNS = {
    "trap": "a field that people do not see was filled",
    "link_in_name": "a web address in the name",
    "links": "several web addresses",
}


def comment_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/comments")
    def comments() -> Response:
        return with_visit(
            workplace, lambda visit: _waiting(workplace, visit), needs=Ability.COMMENTS
        )

    @routes.post("/comments/<uuid:comment_id>")
    def decide(comment_id: UUID) -> Response:
        return with_visit(
            workplace,
            lambda visit: _decide(workplace, visit, comment_id),
            needs=Ability.COMMENTS,
        )


def _waiting(workplace: Workplace, visit: Visit) -> Response:
    with workplace.scoped(visit) as scope:
        glance = workplace.glance(visit.clinics)
        found = store.listed(scope, workplace.settings.seal_keys, state="waiting")
    zone = zone_of(glance.directory, visit)
    return workplace.pages.page(
        "comments.html",
        visit=visit,
        comments=[
            {
                "comment": comment,
                "at": times.moment(comment.received_at, zone, glance.now),
                "signs": [SIGNS.get(sign, sign) for sign in comment.suspicions],
            }
            for comment in found
        ],
        many_clinics=glance.many_clinics,
    )


def _decide(workplace: Workplace, visit: Visit, comment_id: UUID) -> Response:
    decision = request.form.get("decision", "")
    if decision not in DECISIONS:
        raise BadRequest
    keys = workplace.settings.seal_keys
    comment = tables.comment
    with workplace.scoped(visit) as scope:
        slug = scope.connection.scalar(
            select(comment.c.clinic).where(scope.own(comment), comment.c.id == comment_id)
        )
        if slug is None:
            raise NotFound
        directory = workplace.directory.current
        clinic = directory.clinic(slug) if directory else None
        wanted = as_request(scope, keys, clinic, comment_id) if clinic else None
    lead_id = None
    if decision == "care":
        if clinic is None or wanted is None:
            raise NotFound
        # first the request, then the comment: a crash in between asks twice rather than never
        draft = workplace.acceptor.draft(clinic, wanted, Verdict(held=False, reasons=()))
        lead_id = workplace.acceptor.store(draft).lead_id
    with workplace.scoped(visit) as scope:
        store.decide(scope, keys, comment_id, state=DECISIONS[decision])
        audit.note(
            scope.connection,
            f"comment: {decision}",
            staff_id=visit.person.id,
            clinic=slug,
            lead_id=lead_id,
        )
    return go(f"/leads/{lead_id}" if lead_id and visit.can(Ability.LEADS) else "/comments")
