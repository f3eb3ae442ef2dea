"""One lead: its page, its moves, their undoing, notes, and the calendar file of a booked visit."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotFound

from leads.desk import book, making
from leads.desk.asked_moment import NoMoment, asked_moment, short_ways
from leads.desk.book import Row
from leads.desk.calendar_file import calendar_file
from leads.desk.guard import Visit, go, with_visit
from leads.desk.lead_page import lead_page
from leads.desk.moves import MOVES, possible
from leads.desk.workplace import SECURITY_HEADERS, Workplace
from leads.scope import Scope
from leads.staff import audit

MAX_NOTE = 2000  # characters
UNDO = "undo"


def lead_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/leads/<uuid:lead_id>")
    def lead(lead_id: UUID) -> Response:
        return with_visit(
            workplace, lambda visit: _lead(workplace, visit, lead_id), lead_id=lead_id
        )

    @routes.post("/leads/<uuid:lead_id>/moves")
    def move(lead_id: UUID) -> Response:
        return with_visit(
            workplace,
            lambda visit: _move(workplace, visit, lead_id),
            lead_id=lead_id,
            changes=True,
        )

    @routes.post("/leads/<uuid:lead_id>/notes")
    def note(lead_id: UUID) -> Response:
        return with_visit(
            workplace,
            lambda visit: _note(workplace, visit, lead_id),
            lead_id=lead_id,
            changes=True,
        )

    @routes.get("/leads/<uuid:lead_id>/visit.ics")
    def visit_file(lead_id: UUID) -> Response:
        return with_visit(
            workplace, lambda visit: _visit_file(workplace, visit, lead_id), lead_id=lead_id
        )


def _lead(
    workplace: Workplace, visit: Visit, lead_id: UUID, *, problem: str = "", typed: str = ""
) -> Response:
    with workplace.scoped(visit) as scope:
        row = _found(book.one(scope, lead_id))
        glance = workplace.glance(visit.clinics)
        glance.learn(scope, [row])
        page = lead_page(scope, glance, row)
        undoable = making.undoable(scope, row, visit.person) is not None
        _audit(scope, visit, row, "lead opened")
    mine = row["holder"] == visit.person.id
    _, location = glance.where(row)
    moves = [] if visit.glass else possible(row["state"], held_by_me=mine)
    return workplace.pages.page(
        "lead.html",
        422 if problem else 200,
        visit=visit,
        page=page,
        line=page.line,
        mine=mine,
        state=row["state"],
        moves={move.name: move for move in moves},
        ways=short_ways(location, glance.now),
        undoable=undoable,
        too_late="late" in request.args,
        problem=problem,
        typed=typed,
    )


def _move(workplace: Workplace, visit: Visit, lead_id: UUID) -> Response:
    """Make the move, or send to the lead, which says who has it meanwhile."""
    name = request.form.get("move", "")
    move = MOVES.get(name)
    if move is None and name != UNDO:
        raise BadRequest
    with workplace.scoped(visit) as scope:
        row = _found(book.one(scope, lead_id))
        if move is None:
            made = making.undo(scope, row, visit.person)
        else:
            glance = workplace.glance(visit.clinics)
            _, location = glance.where(row)
            try:
                moment = asked_moment(request.form, location, glance.now)
            except NoMoment as no_moment:
                moment, problem = None, str(no_moment)
            else:
                problem = "" if moment or move.asks != "follow_up" else "Choose when to call again"
            if move.asks and problem:
                return _lead(workplace, visit, lead_id, problem=problem)
            mine = row["holder"] == visit.person.id
            made = move in possible(row["state"], held_by_me=mine) and making.make_move(
                scope,
                row,
                move,
                visit.person,
                now=glance.now,
                location=location,
                moment=moment,
            )
        _audit(scope, visit, row, f"lead: {name}" if made else f"lead: {name}, too late")
    return go(f"/leads/{lead_id}" + ("" if made else f"?{urlencode({'late': name})}"))


def _note(workplace: Workplace, visit: Visit, lead_id: UUID) -> Response:
    words = request.form.get("note", "").replace("\r\n", "\n").strip()
    problem = ""
    if not words:
        problem = "Write the note first"
    elif len(words) > MAX_NOTE:
        problem = f"A note has at most {MAX_NOTE} characters; this one has {len(words)}"
    if problem:
        return _lead(workplace, visit, lead_id, problem=problem, typed=words)
    with workplace.scoped(visit) as scope:
        row = _found(book.one(scope, lead_id))
        making.write_note(scope, workplace.settings.seal_keys, row, visit.person, words)
        _audit(scope, visit, row, "lead: note")
    return go(f"/leads/{lead_id}#story")


def _visit_file(workplace: Workplace, visit: Visit, lead_id: UUID) -> Response:
    with workplace.scoped(visit) as scope:
        row = _found(book.one(scope, lead_id))
        clinic, location = workplace.glance(visit.clinics).where(row)
        if row["outcome"] != "booked" or not row["booked_for"] or not clinic or not location:
            raise NotFound
        _audit(scope, visit, row, "lead: calendar file")
    content = calendar_file(
        lead_id=lead_id,
        reference=row["reference"],
        at=row["booked_for"],
        made_at=row["changed_at"],
        clinic=clinic,
        place=location,
    )
    name = f"visit-{row['reference']}.ics"
    return Response(
        content,
        mimetype="text/calendar",
        headers=SECURITY_HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _found(row: Row | None) -> Row:
    """The same answer for what is not there and for what is somebody else's."""
    if row is None:
        raise NotFound
    return row


def _audit(scope: Scope, visit: Visit, row: Row, what: str) -> None:
    audit.note(
        scope.connection,
        what,
        staff_id=visit.person.id,
        clinic=row["clinic"],
        lead_id=row["id"],
    )
