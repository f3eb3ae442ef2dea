"""Messages that fit no request: read, given to a request, or done."""

from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotFound

from leads.contact import national
from leads.desk import book, finding, texts, times
from leads.desk.guard import Visit, go, with_visit
from leads.desk.list_page import zone_of
from leads.desk.show import Glance
from leads.desk.texts import Keys, Unmatched
from leads.desk.workplace import Workplace
from leads.scope import Scope
from leads.staff import audit
from leads.staff.people import EVERY_CLINIC


def texts_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/texts")
    def all_texts() -> Response:
        return with_visit(workplace, lambda visit: _texts(workplace, _whole(visit)))

    @routes.post("/texts/<uuid:reply_id>")
    def see_to(reply_id: UUID) -> Response:
        return with_visit(
            workplace, lambda visit: _see_to(workplace, _whole(visit), reply_id), changes=True
        )


def sees_texts(visit: Visit) -> bool:
    """A text says nothing of a location: who is kept to one sees none."""
    return visit.places is None


def works_for_all(visit: Visit) -> bool:
    return EVERY_CLINIC in visit.person.clinics


def _whole(visit: Visit) -> Visit:
    if not sees_texts(visit):
        raise NotFound
    return visit


def _keys(workplace: Workplace) -> Keys:
    return Keys(seal=workplace.settings.seal_keys, hash=workplace.settings.hash_key)


def _texts(
    workplace: Workplace, visit: Visit, *, problem: str = "", about: UUID | None = None
) -> Response:
    with workplace.scoped(visit) as scope:
        glance = workplace.glance(visit.clinics)
        found = texts.waiting(scope, _keys(workplace), of_all=works_for_all(visit))
        audit.note_shown(
            scope.connection,
            "texts opened",
            staff_id=visit.person.id,
            clinics=[each.clinic for each in found if each.clinic],
        )
        cards = [_card(glance, visit, each) for each in found]
    return workplace.pages.page(
        "texts.html",
        422 if problem else 200,
        visit=visit,
        cards=cards,
        problem=problem,
        about=about,
        typed=request.form.get("reference", "")[: finding.MAX_QUERY],
    )


def _card(glance: Glance, visit: Visit, each: Unmatched) -> dict[str, object]:
    clinic = glance.directory.clinic(each.clinic) if glance.directory else None
    return {
        "id": each.id,
        "tel": each.sender,
        "phone": national(each.sender),
        "words": each.words,
        "at": times.moment(each.at, zone_of(glance.directory, visit), glance.now),
        "clinic": (clinic.name if clinic else each.clinic) if glance.many_clinics else "",
        "earlier": [glance.line(row) for row in each.earlier],
    }


def _see_to(workplace: Workplace, visit: Visit, reply_id: UUID) -> Response:
    asked, of_all = request.form.get("do", ""), works_for_all(visit)
    with workplace.scoped(visit) as scope:
        clinic = texts.clinic_of(scope, reply_id, of_all=of_all)
        if clinic is None:
            raise NotFound
        if asked == "done":
            texts.mark_done(scope, reply_id, visit.person.id, of_all=of_all)
            answer, lead_id = go("/texts"), None
        elif asked == "give":
            lead = _meant(scope)
            given = lead and texts.give_to(scope, _keys(workplace), reply_id, lead, of_all=of_all)
            if lead is None or not given:
                words = "No request of that clinic has this reference. Type its eight characters"
                return _texts(workplace, visit, problem=words, about=reply_id)
            clinic, lead_id = lead["clinic"], lead["id"]
            answer = go(f"/leads/{lead_id}#story")
        else:
            raise BadRequest
        audit.note(
            scope.connection,
            f"text: {asked}",
            staff_id=visit.person.id,
            clinic=clinic or None,
            lead_id=lead_id,
        )
    return answer


def _meant(scope: Scope) -> book.Row | None:
    """The request that was pressed, or whose reference was typed."""
    pressed, typed = request.form.get("lead", ""), request.form.get("reference", "")
    if pressed:
        try:
            return book.one(scope, UUID(pressed))
        except ValueError:
            return None
    found = finding.by_reference(scope, typed) if len(typed) <= finding.MAX_QUERY else []
    return book.one(scope, found[0]) if len(found) == 1 else None
