"""Find a lead.  What is looked for is posted: a name or a number has no place in an address."""

from flask import Blueprint, Response, request

from leads.desk import finding
from leads.desk.guard import Visit, with_visit
from leads.desk.workplace import Workplace
from leads.staff import audit


def search_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/search")
    def ask() -> Response:
        return with_visit(workplace, lambda visit: _answer(workplace, visit, query=""))

    @routes.post("/search")
    def search() -> Response:
        query = request.form.get("for", "").replace("\0", "").strip()
        return with_visit(workplace, lambda visit: _answer(workplace, visit, query=query))


def _answer(workplace: Workplace, visit: Visit, *, query: str) -> Response:
    too_long = len(query) > finding.MAX_QUERY
    with workplace.scoped(visit) as scope:
        glance = workplace.glance(visit.clinics)
        key = workplace.settings.hash_key
        rows = finding.found(scope, key, query) if query and not too_long else []
        more, rows = len(rows) > finding.SHOWN, rows[: finding.SHOWN]
        glance.learn(scope, rows)
        lines = [glance.line(row) for row in rows]
        audit.note_shown(
            scope.connection,
            "searched",
            staff_id=visit.person.id,
            clinics=[row["clinic"] for row in rows],
        )
    return workplace.pages.page(
        "search.html", visit=visit, query=query, lines=lines, more=more, too_long=too_long
    )
