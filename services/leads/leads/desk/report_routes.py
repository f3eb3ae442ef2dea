"""How it goes: numbers and pictures of a time, without anybody's name."""

from flask import Blueprint, Response, request

from leads.desk.guard import Visit, with_visit
from leads.desk.list_page import filters_of
from leads.desk.report_page import report_page
from leads.desk.workplace import Workplace
from leads.staff.roles import Ability


def report_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/report")
    def show_report() -> Response:
        return with_visit(workplace, lambda visit: _report(workplace, visit), needs=Ability.REPORT)


def _report(workplace: Workplace, visit: Visit) -> Response:
    with workplace.scoped(visit) as scope:
        glance = workplace.glance(visit.clinics)
        filters = filters_of(scope, glance.directory, visit, request.args)
        page = report_page(scope, glance, visit, filters, request.args)
    return workplace.pages.page("report.html", visit=visit, page=page, filters=filters)
