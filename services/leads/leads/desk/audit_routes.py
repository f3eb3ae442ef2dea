"""Who read and did what: the audit rows of the own clinics, newest first."""

from flask import Blueprint, Response, request
from sqlalchemy import select

from leads import tables
from leads.desk import times
from leads.desk.guard import Visit, with_visit
from leads.desk.list_page import zone_of
from leads.desk.workplace import Workplace
from leads.staff import people
from leads.staff.roles import Ability

PAGE = 100
LARGEST_ID = 2**63 - 1


def audit_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/audit")
    def audit_trail() -> Response:
        return with_visit(workplace, lambda visit: _audit(workplace, visit), needs=Ability.AUDIT)


def _audit(workplace: Workplace, visit: Visit) -> Response:
    event = tables.staff_event
    with workplace.scoped(visit) as scope:
        glance = workplace.glance(visit.clinics)
        rows = list(
            scope.connection.execute(
                select(event, tables.lead.c.reference)
                .outerjoin(
                    tables.lead,
                    (tables.lead.c.clinic == event.c.clinic)
                    & (tables.lead.c.id == event.c.lead_id),
                )
                .where(scope.own(event), event.c.id < _before())
                .order_by(event.c.id.desc())
                .limit(PAGE + 1)
            ).mappings()
        )
        names = people.names(scope.connection, {row["staff_id"] for row in rows if row["staff_id"]})
    zone = zone_of(glance.directory, visit)
    shown = rows[:PAGE]
    return workplace.pages.page(
        "audit.html",
        visit=visit,
        rows=[
            {
                "at": times.moment(row["at"], zone, glance.now),
                "who": names.get(row["staff_id"], "Somebody"),
                "what": row["what"].replace("lead: ", "request: ").replace("_", " "),
                "clinic": row["clinic"],
                "reference": row["reference"] or "",
                "count": row["detail"].get("leads", ""),
                "reason": row["detail"].get("reason", ""),
            }
            for row in shown
        ],
        more=f"/audit?before={shown[-1]['id']}" if len(rows) > PAGE else "",
        many_clinics=glance.many_clinics,
    )


def _before() -> int:
    """Rows before this number; a number that is none means from the newest."""
    asked = request.args.get("before", "")
    return min(int(asked), LARGEST_ID) if asked.isascii() and asked.isdigit() else LARGEST_ID
