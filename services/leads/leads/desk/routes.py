"""The pages of the desk for people who are signed in: the list, one lead, its moves."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotFound

from contract.directory import Directory
from leads.desk import book, times
from leads.desk.book import Place, Row
from leads.desk.guard import BLUEPRINT, Visit, go, with_visit
from leads.desk.lead_page import lead_page
from leads.desk.moves import CALL_NOW, DONE, MOVES, TAKEN, WAITING, possible
from leads.desk.show import Glance, places
from leads.desk.workplace import Workplace
from leads.scope import Scope, scoped
from leads.staff import audit, people


def desk_routes(workplace: Workplace) -> Blueprint:
    routes = Blueprint(BLUEPRINT, __name__)

    @routes.get("/")
    def inbox() -> Response:
        return with_visit(workplace, lambda visit: _list(workplace, visit))

    @routes.get("/leads/<uuid:lead_id>")
    def lead(lead_id: UUID) -> Response:
        return with_visit(workplace, lambda visit: _lead(workplace, visit, lead_id))

    @routes.post("/leads/<uuid:lead_id>/moves")
    def move(lead_id: UUID) -> Response:
        return with_visit(workplace, lambda visit: _move(workplace, visit, lead_id))

    @routes.get("/assets/<name>")
    def asset(name: str) -> Response:
        if name not in workplace.pages.assets:
            raise NotFound
        content, media_type = workplace.pages.assets[name]
        cached = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(content, mimetype=media_type, headers=cached)

    return routes


def _list(workplace: Workplace, visit: Visit) -> Response:
    if not visit.person.sees_leads:
        return workplace.pages.page("operator.html", visit=visit)
    directory = workplace.directory.current
    filters = places(directory, visit.clinics)
    chosen = request.args.get("location", "")
    place = _place(chosen, filters)
    with scoped(workplace.engine, visit.clinics) as scope:
        groups = {
            "call_now": book.listed(scope, [CALL_NOW], place),
            "taken": book.listed(scope, [TAKEN, WAITING], place),
            "done": book.listed(scope, [DONE], place),
        }
        count = book.counts(scope, place)
        glance = _glance(workplace, visit, scope, [row for rows in groups.values() for row in rows])
        last = _last_request(scope, glance) if not count.get(CALL_NOW) else ""
        _note_list(scope, visit, groups)
    return workplace.pages.page(
        "list.html",
        visit=visit,
        groups={name: [glance.line(row) for row in rows] for name, rows in groups.items()},
        call_now=count.get(CALL_NOW, 0),
        taken=count.get(TAKEN, 0) + count.get(WAITING, 0),
        done=count.get(DONE, 0),
        last=last,
        filters=filters,
        chosen=chosen if place else "",
        now=times.moment(glance.now, _zone(directory, visit), glance.now),
    )


def _lead(workplace: Workplace, visit: Visit, lead_id: UUID) -> Response:
    with scoped(workplace.engine, visit.clinics) as scope:
        row = _found(book.one(scope, lead_id))
        glance = _glance(workplace, visit, scope, [row])
        page = lead_page(scope, glance, row)
        audit.note(
            scope.connection,
            "lead opened",
            staff_id=visit.person.id,
            clinic=row["clinic"],
            lead_id=lead_id,
        )
    mine = row["holder"] == visit.person.id
    return workplace.pages.page(
        "lead.html",
        visit=visit,
        page=page,
        line=page.line,
        mine=mine,
        state=row["state"],
        moves=possible(row["state"], held_by_me=mine),
        too_late="late" in request.args,
    )


def _move(workplace: Workplace, visit: Visit, lead_id: UUID) -> Response:
    """Make the move, or send to the lead, which says who has it meanwhile."""
    move = MOVES.get(request.form.get("move", ""))
    with scoped(workplace.engine, visit.clinics) as scope:
        row = _found(book.one(scope, lead_id))
        if move is None:
            raise BadRequest
        mine = row["holder"] == visit.person.id
        made = move in possible(row["state"], held_by_me=mine) and book.make_move(
            scope, row, move, visit.person
        )
        audit.note(
            scope.connection,
            f"lead: {move.name}" if made else f"lead: {move.name}, too late",
            staff_id=visit.person.id,
            clinic=row["clinic"],
            lead_id=lead_id,
        )
    return go(f"/leads/{lead_id}" + ("" if made else f"?{urlencode({'late': move.name})}"))


def _found(row: Row | None) -> Row:
    """The same answer for what is not there and for what is somebody else's."""
    if row is None:
        raise NotFound
    return row


def _glance(workplace: Workplace, visit: Visit, scope: Scope, rows: list[Row]) -> Glance:
    holders = {row["holder"] for row in rows if row["holder"]}
    return Glance(
        directory=workplace.directory.current,
        keys=workplace.settings.seal_keys,
        now=datetime.now(UTC),
        names=people.names(scope.connection, holders),
        many_clinics=len(visit.clinics) > 1,
    )


def _last_request(scope: Scope, glance: Glance) -> str:
    """ "Last request Thu 4:12 pm, taken in 9 min." for the day when nobody waits."""
    row = book.newest(scope)
    if row is None:
        return ""
    _, location = glance.where(row)
    received = times.moment(row["received_at"], location.zone if location else "UTC", glance.now)
    taken_at = book.first_taken_at(scope, row)
    taken = f", taken in {times.waited(location, row['received_at'], taken_at)}" if taken_at else ""
    return f"Last request {received.short}{taken}."


def _note_list(scope: Scope, visit: Visit, groups: Mapping[str, list[Row]]) -> None:
    """The list shows names: one row for each clinic whose requests were on it."""
    shown = [row["clinic"] for rows in groups.values() for row in rows]
    for clinic in sorted(set(shown)):
        audit.note(
            scope.connection,
            "list opened",
            staff_id=visit.person.id,
            clinic=clinic,
            detail={"leads": shown.count(clinic)},
        )


def _place(chosen: str, filters: list[tuple[str, str]]) -> Place | None:
    if chosen not in dict(filters):
        return None
    clinic, _, location = chosen.partition("/")
    return Place(clinic=clinic, location=location)


def _zone(directory: Directory | None, visit: Visit) -> str:
    """The zone of the person's first location."""
    own = [c for c in directory.clinics if c.slug in visit.clinics] if directory else []
    return own[0].locations[0].zone if own else "UTC"
