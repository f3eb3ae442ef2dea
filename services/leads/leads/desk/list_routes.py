"""The to-do list: the page, and what a page that stays open asks for."""

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, request

from leads.desk import queue
from leads.desk.guard import Visit, with_visit
from leads.desk.list_page import filters_of, list_page
from leads.desk.workplace import SECURITY_HEADERS, Workplace
from leads.scope import Scope, scoped
from leads.staff import audit


def list_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/")
    def inbox() -> Response:
        return with_visit(workplace, lambda visit: _list(workplace, visit))

    @routes.get("/live")
    def live() -> Response:
        return with_visit(workplace, lambda visit: _live(workplace, visit), counts_as_use=False)


def _list(workplace: Workplace, visit: Visit) -> Response:
    if not visit.person.sees_leads:
        return workplace.pages.page("operator.html", visit=visit)
    with scoped(workplace.engine, visit.clinics) as scope:
        glance = workplace.glance(visit.clinics)
        filters = filters_of(scope, glance.directory, visit, request.args)
        shown = list_page(scope, glance, visit, filters, request.args)
        _note_list(scope, visit, shown.read)
    return workplace.pages.page("list.html", visit=visit, page=shown, filters=filters)


def _live(workplace: Workplace, visit: Visit) -> Response:
    """Whether the list has changed, and how long people have waited.  No name is in it."""
    with scoped(workplace.engine, visit.clinics) as scope:
        glance = workplace.glance(visit.clinics)
        narrow = filters_of(scope, glance.directory, visit, request.args).narrow
        waiting = queue.page(scope, queue.CALL_NOW, narrow, now=glance.now)
        version = queue.version(scope, narrow, now=glance.now)
    ages = {str(row["id"]): glance.waited(row) for row in waiting.rows}
    answer = jsonify(version=version, ages=ages)
    answer.headers.extend(SECURITY_HEADERS)
    return answer


def _note_list(scope: Scope, visit: Visit, read: Mapping[str, int]) -> None:
    """The list shows names: one row for each clinic whose requests were on it."""
    for clinic, count in sorted(read.items()):
        audit.note(
            scope.connection,
            "list opened",
            staff_id=visit.person.id,
            clinic=clinic,
            detail={"leads": count},
        )
