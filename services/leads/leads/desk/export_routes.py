"""Take requests out as a file: asked for the password again, written down, read row by row."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, request

from leads.desk import proof
from leads.desk.export import csv_lines, rows_received
from leads.desk.guard import Visit, with_visit
from leads.desk.workplace import SECURITY_HEADERS, Workplace
from leads.staff import audit
from leads.staff.roles import Ability

SPANS = (7, 30, 90, 366)  # days


def export_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/export")
    def ask_for_export() -> Response:
        return with_visit(workplace, lambda visit: _ask(workplace, visit), needs=Ability.EXPORT)

    @routes.post("/export")
    def export() -> Response:
        return with_visit(workplace, lambda visit: _export(workplace, visit), needs=Ability.EXPORT)


def _ask(workplace: Workplace, visit: Visit, *, problem: str = "", status: int = 200) -> Response:
    return workplace.pages.page(
        "export.html", status, visit=visit, spans=SPANS, problem=problem, proves=proof.proves(visit)
    )


def _export(workplace: Workplace, visit: Visit) -> Response:
    asked = request.form.get("days", "")
    days = next((span for span in SPANS if str(span) == asked), None)
    if days is None:
        return _ask(workplace, visit, problem="Choose a time", status=422)
    if doubt := proof.doubt(workplace, visit):
        return _ask(workplace, visit, problem=doubt.words, status=doubt.status)
    until = datetime.now(UTC)
    with workplace.scoped(visit) as scope:
        audit.note_each(
            scope.connection,
            "exported",
            staff_id=visit.person.id,
            details={key: {"reason": f"the last {days} days"} for key in visit.clinics},
        )
    name = f"requests-{until:%Y-%m-%d}.csv"
    return Response(
        _lines(workplace, visit, until - timedelta(days=days), until),
        mimetype="text/csv",
        headers=SECURITY_HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(workplace: Workplace, visit: Visit, first: datetime, until: datetime) -> Iterator[bytes]:
    """Read while it is sent: a transaction of its own, a few hundred rows in memory."""
    with workplace.scoped(visit) as scope:
        glance = workplace.glance(visit.clinics)
        yield from csv_lines(glance, rows_received(scope, first, until))
