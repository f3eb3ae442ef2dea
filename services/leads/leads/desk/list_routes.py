"""The to-do list: the page, and what a page that stays open asks for."""

from flask import Blueprint, Response, jsonify, request

from leads.desk import queue, texts, times
from leads.desk.glass import operator_page
from leads.desk.guard import Visit, go, with_visit
from leads.desk.list_page import filters_of, list_page, zone_of
from leads.desk.show import Glance
from leads.desk.texts_routes import sees_texts, works_for_all
from leads.desk.workplace import SECURITY_HEADERS, Workplace
from leads.staff import audit
from leads.staff.roles import Ability
from leads.synthetic import alerts_tested_at

FIRST_PAGES = {Ability.REPORT: "/report", Ability.COMMENTS: "/comments", Ability.AUDIT: "/audit"}


def list_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/")
    def inbox() -> Response:
        return with_visit(workplace, lambda visit: _list(workplace, visit), needs=None)

    @routes.get("/live")
    def live() -> Response:
        return with_visit(workplace, lambda visit: _live(workplace, visit), counts_as_use=False)


def _list(workplace: Workplace, visit: Visit) -> Response:
    if not visit.can(Ability.LEADS):
        return _elsewhere(workplace, visit)
    with workplace.scoped(visit) as scope:
        glance = workplace.glance(visit.clinics)
        filters = filters_of(scope, glance.directory, visit, request.args)
        shown = list_page(scope, glance, visit, filters, request.args)
        unmatched = texts.count(scope, of_all=works_for_all(visit)) if sees_texts(visit) else 0
        audit.note_shown(
            scope.connection, "list opened", staff_id=visit.person.id, clinics=shown.read
        )
    return workplace.pages.page(
        "list.html",
        visit=visit,
        page=shown,
        filters=filters,
        unmatched=unmatched,
        tested=_tested(workplace, glance, visit) if shown.nobody_waits else "",
    )


def _tested(workplace: Workplace, glance: Glance, visit: Visit) -> str:
    """For the day when nobody waits: that silence is no broken alert."""
    at = alerts_tested_at(workplace.engine)
    if at is None:
        return ""
    told = times.moment(at, zone_of(glance.directory, visit), glance.now)
    return f"Alerts tested {'today ' if told.is_today else ''}{told.short}."


def _elsewhere(workplace: Workplace, visit: Visit) -> Response:
    """Where somebody starts who answers no requests."""
    for ability, path in FIRST_PAGES.items():
        if visit.can(ability):
            return go(path)
    return operator_page(workplace, visit)


def _live(workplace: Workplace, visit: Visit) -> Response:
    """Whether the list has changed, and how long people have waited.  No name is in it."""
    with workplace.scoped(visit) as scope:
        glance = workplace.glance(visit.clinics)
        narrow = filters_of(scope, glance.directory, visit, request.args).narrow
        waiting = queue.page(scope, queue.CALL_NOW, narrow, now=glance.now)
        version = queue.version(scope, narrow, now=glance.now)
    ages = {str(row["id"]): glance.waited(row) for row in waiting.rows}
    answer = jsonify(version=version, ages=ages)
    answer.headers.extend(SECURITY_HEADERS)
    return answer
