"""How long a clinic keeps what it was sent: what is next, what stays, what was deleted."""

from dataclasses import dataclass

from flask import Blueprint, Response, request
from sqlalchemy import select

from contract.directory import Clinic
from leads import tables
from leads.desk import times
from leads.desk.guard import Visit, with_visit
from leads.desk.show import Glance
from leads.desk.times import Moment
from leads.desk.workplace import Workplace
from leads.privacy.keeping import Standing, standing
from leads.privacy.retention import DELETED
from leads.scope import Scope
from leads.staff.roles import Ability

LABELS = {
    "contact": "Contact requests",
    "appointment": "Appointment requests",
    "spam": "Spam",
    "comment": "Rejected comments",
}
SHOWN = 5  # of what was deleted, the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    label: str
    standing: Standing
    next: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    at: Moment
    count: int
    what: str  # "contact, kept 100 days"


def keep_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/keep")
    def keep() -> Response:
        return with_visit(workplace, lambda visit: _keep(workplace, visit), needs=Ability.SETTINGS)


def _keep(workplace: Workplace, visit: Visit) -> Response:
    glance = workplace.glance(visit.clinics)
    directory = glance.directory
    clinics = [one for one in (directory.clinics if directory else ()) if one.slug in visit.clinics]
    chosen = next((one for one in clinics if one.slug == request.args.get("clinic")), None)
    clinic = chosen or next(iter(clinics), None)
    kept: list[Kept] = []
    gone: list[Gone] = []
    if clinic:
        with workplace.scoped(visit) as scope:
            kept = _kept(scope, glance, clinic)
            gone = _gone(scope, glance, clinic)
    return workplace.pages.page(
        "keep.html", visit=visit, clinic=clinic, clinics=clinics, kept=kept, gone=gone
    )


def _kept(scope: Scope, glance: Glance, clinic: Clinic) -> list[Kept]:
    return [
        Kept(
            label=LABELS[one.kind.name],
            standing=one,
            next=times.moment(one.next_at, clinic.zone, glance.now) if one.next_at else None,
        )
        for one in standing(scope, clinic)
    ]


def _gone(scope: Scope, glance: Glance, clinic: Clinic) -> list[Gone]:
    event = tables.staff_event
    rows = scope.connection.execute(
        select(event.c.at, event.c.detail)
        .where(scope.own(event), event.c.clinic == clinic.slug, event.c.what == DELETED)
        .order_by(event.c.id.desc())
        .limit(SHOWN)
    )
    return [
        Gone(
            at=times.moment(row.at, clinic.zone, glance.now),
            count=row.detail["leads"],
            what=row.detail["reason"],
        )
        for row in rows
    ]
