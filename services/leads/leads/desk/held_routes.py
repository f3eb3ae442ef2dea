"""Requests that are held as possible spam: why, and one tap to say what they are."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy import func, select
from werkzeug.exceptions import BadRequest, NotFound

from leads import holds, tables
from leads.desk import book, times
from leads.desk.guard import Visit, go, with_visit
from leads.desk.workplace import Workplace
from leads.staff import audit

SHOWN = 100
# signs (leads.spam.signals) as a member of staff understands them
SIGNS = {
    "trap": "a field that people do not see was filled",
    "link_in_name": "a web address in the name",
    "markup": "code for web pages in the words",
    "many_links": "several web addresses",
    "link": "a web address",
    "mixed_scripts": "letters of two alphabets in one word",
    "other_script": "written in another alphabet",
    "selling": "words of an offer",
    "selling_much": "many words of an offer",
    "throwaway_address": "an email address that anybody can read",
    "fast": "sent sooner than somebody can type",
    "foreign_page": "sent from another web site",
    "same_words_elsewhere": "the same words came to others too",
    "sender_rate": "many requests from one place",
    "contact_rate": "many requests with one number or address",
}


def held_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/held")
    def held() -> Response:
        return with_visit(workplace, lambda visit: _held(workplace, visit))

    @routes.post("/leads/<uuid:lead_id>/held")
    def judge(lead_id: UUID) -> Response:
        return with_visit(
            workplace,
            lambda visit: _judge(workplace, visit, lead_id),
            lead_id=lead_id,
            changes=True,
        )


def _held(workplace: Workplace, visit: Visit) -> Response:
    lead, hold = tables.lead, tables.lead_hold
    with workplace.scoped(visit) as scope:
        glance = workplace.glance(visit.clinics)
        waits = (scope.own(lead), scope.own(hold), hold.c.release_at.is_not(None))
        of_lead = (hold.c.clinic == lead.c.clinic) & (hold.c.lead_id == lead.c.id)
        count = scope.connection.scalar(
            select(func.count()).select_from(lead.join(hold, of_lead)).where(*waits)
        )
        rows = list(
            scope.connection.execute(
                select(lead, hold.c.release_at)
                .join(hold, of_lead)
                .where(*waits)
                .order_by(hold.c.release_at)
                .limit(SHOWN)
            ).mappings()
        )
        audit.note_shown(
            scope.connection,
            "held requests opened",
            staff_id=visit.person.id,
            clinics=[row["clinic"] for row in rows],
        )
    shown = []
    for row in rows:
        words: dict[str, Any] = glance.open(row, "words") or {}
        _, location = glance.where(row)
        zone = location.zone if location else "UTC"
        shown.append(
            {
                "line": glance.line(row),
                "message": words.get("message", ""),
                "reasons": [SIGNS.get(sign, sign) for sign in row["suspicions"]],
                "released": times.moment(row["release_at"], zone, glance.now),
            }
        )
    called_spam = request.args.get("spam", type=UUID)
    return workplace.pages.page(
        "held.html", visit=visit, rows=shown, count=count, called_spam=called_spam
    )


def _judge(workplace: Workplace, visit: Visit, lead_id: UUID) -> Response:
    judged = request.form.get("judged", "")
    if judged not in {"real", "spam"}:
        raise BadRequest
    with workplace.scoped(visit) as scope:
        row = book.one(scope, lead_id)
        if row is None:
            raise NotFound
        actor = f"staff:{visit.person.id}"
        if judged == "real":
            done = holds.release(
                scope,
                lead_id,
                actor=actor,
                confirming=workplace.acceptor.confirming,
                directory=workplace.directory.current,
                by=visit.person.name,
            )
        else:
            done = holds.call_spam(scope, lead_id, actor=actor, by=visit.person.name)
        audit.note(
            scope.connection,
            f"held: {judged}" if done else f"held: {judged}, too late",
            staff_id=visit.person.id,
            clinic=row["clinic"],
            lead_id=lead_id,
        )
    return go(f"/leads/{lead_id}" if judged == "real" else f"/held?spam={lead_id}")
