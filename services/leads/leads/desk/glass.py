"""Break the glass: an operator may read a clinic's requests for a while, and everybody sees it.

For the night when nobody of the clinic can be reached and a request must be. The reason is kept
and shown to the clinic's owner.
"""

from datetime import timedelta

from flask import Blueprint, Response, request
from sqlalchemy import func, update
from werkzeug.exceptions import NotFound

from leads import tables
from leads.desk.guard import Visit, go, with_visit
from leads.desk.workplace import Workplace
from leads.scope import scoped
from leads.staff import audit
from leads.staff.sessions import token_hash

OPEN_FOR = timedelta(minutes=15)
SHORTEST_REASON, LONGEST_REASON = 10, 300  # characters


def glass_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.post("/glass")
    def break_glass() -> Response:
        return with_visit(workplace, lambda visit: _break(workplace, visit), needs=None)


def _break(workplace: Workplace, visit: Visit) -> Response:
    if visit.person.role != "operator":
        raise NotFound
    directory = workplace.directory.current
    clinic = request.form.get("clinic", "")
    reason = " ".join(request.form.get("reason", "").split())
    problem = ""
    if directory is None or directory.clinic(clinic) is None:
        problem = "Choose a clinic"
    elif not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        problem = f"Say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters"
    if problem:
        return operator_page(workplace, visit, problem=problem, status=422)
    session = tables.staff_session
    with scoped(workplace.engine, [clinic]) as scope:
        scope.connection.execute(
            update(session)
            .where(session.c.id_hash == token_hash(visit.token))
            .values(glass_clinic=clinic, glass_until=func.now() + OPEN_FOR)
        )
        audit.note(
            scope.connection,
            "glass broken",
            staff_id=visit.person.id,
            clinic=clinic,
            detail={"reason": reason},
        )
    return go("/")


def operator_page(
    workplace: Workplace, visit: Visit, *, problem: str = "", status: int = 200
) -> Response:
    directory = workplace.directory.current
    return workplace.pages.page(
        "operator.html",
        status,
        visit=visit,
        clinics=[(c.slug, c.name) for c in directory.clinics] if directory else [],
        problem=problem,
        typed=request.form.get("reason", ""),
    )
