"""Who is told, per location: asked of notify, which owns contacts and policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotFound

from contract.alert_settings import SHOW_PATH, Question, Shown
from leads.desk import settings_change, settings_page
from leads.desk.guard import Visit, go, with_visit
from leads.desk.settings_place import Place, place_of, places_of
from leads.desk.workplace import Workplace
from leads.staff.roles import Ability
from plumbing.questions import NoAnswer

LONGEST = 80  # of what is typed into a question
PLACE = "/settings/<clinic>/<location>"
STALE = "Somebody has changed the settings meanwhile. Nothing was saved: look again, then try again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a change was not made.  `problems`: field -> what is wrong; "": with the whole."""

    status: int
    problems: Mapping[str, str]
    do: str


def settings_routes(workplace: Workplace, routes: Blueprint) -> None:
    needs = Ability.SETTINGS

    @routes.get("/settings")
    def settings() -> Response:
        return with_visit(workplace, lambda visit: _all(workplace, visit), needs=needs)

    @routes.get(PLACE)
    def settings_of(clinic: str, location: str) -> Response:
        def work(visit: Visit) -> Response:
            return _show(workplace, visit, place_of(workplace, visit, clinic, location))

        return with_visit(workplace, work, needs=needs)

    @routes.post(PLACE)
    def change_settings(clinic: str, location: str) -> Response:
        def work(visit: Visit) -> Response:
            return _change(workplace, visit, place_of(workplace, visit, clinic, location))

        return with_visit(workplace, work, needs=needs)

    @routes.get(f"{PLACE}/<contact>")
    def contact_of(clinic: str, location: str, contact: str) -> Response:
        def work(visit: Visit) -> Response:
            place = place_of(workplace, visit, clinic, location)
            return _show(workplace, visit, place, contact=contact)

        return with_visit(workplace, work, needs=needs)

    @routes.post(f"{PLACE}/<contact>")
    def change_contact(clinic: str, location: str, contact: str) -> Response:
        def work(visit: Visit) -> Response:
            place = place_of(workplace, visit, clinic, location)
            return _change(workplace, visit, place, contact=contact)

        return with_visit(workplace, work, needs=needs)


def _all(workplace: Workplace, visit: Visit) -> Response:
    places = places_of(workplace, visit)
    if len(places) == 1:
        return go(places[0].path)
    return workplace.pages.page("settings_all.html", visit=visit, places=places)


def _change(workplace: Workplace, visit: Visit, place: Place, *, contact: str = "") -> Response:
    do = request.form.get("do", "")
    known = settings_change.OF_A_CONTACT if contact else settings_change.OF_A_LIST
    if do not in known and (contact or do != settings_change.NEW):
        raise BadRequest
    about = contact or request.form.get("contact", "")
    try:
        changed = settings_change.ask_for(workplace, visit, place, do=do, contact=about)
    except NoAnswer as error:
        return _away(workplace, visit, place, heard=error.heard)
    if changed.stale:
        trouble = Trouble(status=409, problems={"": STALE}, do="")
        return _show(workplace, visit, place, contact=contact, trouble=trouble)
    if changed.problems:
        trouble = Trouble(status=422, problems=dict(changed.problems), do=do)
        return _show(workplace, visit, place, contact=contact, trouble=trouble)
    gone = do == "remove"
    path = f"{place.path}/{contact}" if contact and not gone else place.path
    said = settings_change.TEST if do == settings_change.TEST else "1" if changed.said else "same"
    return go(f"{path}?saved={said}" + (f"#{about}" if do == settings_change.TEST else ""))


def _show(
    workplace: Workplace,
    visit: Visit,
    place: Place,
    *,
    contact: str = "",
    trouble: Trouble | None = None,
) -> Response:
    """The settings of a location, or of one contact."""
    asked = Question(
        clinic=place.clinic.slug,
        location=place.location.slug,
        at=request.args.get("at", "").strip()[:LONGEST],
        speaks=request.args.get("speaks", "").strip()[:LONGEST],
    )
    try:
        shown = Shown.from_json(workplace.notify.ask(SHOW_PATH, asked.to_json()))
    except (NoAnswer, KeyError, TypeError):
        return _away(workplace, visit, place, heard=False)
    scene = settings_page.Scene(shown=shown, location=place.location, now=datetime.now(UTC))
    known = shown.contact(contact)
    if contact and known is None:
        raise NotFound
    common = {
        "visit": visit,
        "place": place,
        "shown": shown,
        "scene": scene,
        "saved": request.args.get("saved", ""),
        "problems": trouble.problems if trouble else {},
        "done": trouble.do if trouble else "",
        "typed": request.form if trouble and trouble.status == 422 else {},  # noqa: PLR2004
    }
    status = trouble.status if trouble else 200
    if known is not None:
        line = scene.line(known)
        return workplace.pages.page("settings_contact.html", status, line=line, **common)
    return workplace.pages.page(
        "settings.html",
        status,
        places=[one for one in places_of(workplace, visit) if one.clinic == place.clinic],
        asked=asked,
        **common,
    )


def _away(workplace: Workplace, visit: Visit, place: Place, *, heard: bool) -> Response:
    """`heard`: what was asked for may have been done."""
    return workplace.pages.page("settings_away.html", 503, visit=visit, place=place, heard=heard)
