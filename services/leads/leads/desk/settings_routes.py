"""Who is told, per location: asked of notify, which owns contacts and policy."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from contract.alert_settings import SHOW_PATH, Question, Shown
from contract.directory import Clinic, Location
from leads.desk import settings_page
from leads.desk.guard import Visit, go, with_visit
from leads.desk.workplace import Workplace
from leads.staff.roles import Ability
from plumbing.questions import NoAnswer

LONGEST = 80  # of what is typed into a question
PLACE = "/settings/<clinic>/<location>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A location that the visitor may set."""

    clinic: Clinic
    location: Location

    @property
    def path(self) -> str:
        return f"/settings/{self.clinic.slug}/{self.location.slug}"


def settings_routes(workplace: Workplace, routes: Blueprint) -> None:
    @routes.get("/settings")
    def settings() -> Response:
        return with_visit(workplace, lambda visit: _all(workplace, visit), needs=Ability.SETTINGS)

    @routes.get(PLACE)
    def settings_of(clinic: str, location: str) -> Response:
        return with_visit(
            workplace,
            lambda visit: show(workplace, visit, place_of(workplace, visit, clinic, location)),
            needs=Ability.SETTINGS,
        )


def places_of(workplace: Workplace, visit: Visit) -> list[Place]:
    """Every location that is the visitor's, clinic by clinic."""
    directory = workplace.directory.current
    clinics = directory.clinics if directory else ()
    return [
        Place(clinic=clinic, location=location)
        for clinic in clinics
        if clinic.slug in visit.clinics
        for location in clinic.locations
        if visit.places is None or (clinic.slug, location.slug) in visit.places
    ]


def place_of(workplace: Workplace, visit: Visit, clinic: str, location: str) -> Place:
    """Raises NotFound for one that is not the visitor's."""
    for place in places_of(workplace, visit):
        if (place.clinic.slug, place.location.slug) == (clinic, location):
            return place
    raise NotFound


def _all(workplace: Workplace, visit: Visit) -> Response:
    places = places_of(workplace, visit)
    if len(places) == 1:
        return go(places[0].path)
    return workplace.pages.page("settings_all.html", visit=visit, places=places)


def show(workplace: Workplace, visit: Visit, place: Place) -> Response:
    asked = Question(
        clinic=place.clinic.slug,
        location=place.location.slug,
        at=request.args.get("at", "").strip()[:LONGEST],
        speaks=request.args.get("speaks", "").strip()[:LONGEST],
    )
    try:
        shown = Shown.from_json(workplace.notify.ask(SHOW_PATH, asked.to_json()))
    except (NoAnswer, KeyError, TypeError):
        return workplace.pages.page("settings_away.html", 503, visit=visit, place=place)
    now = datetime.now(UTC)
    return workplace.pages.page(
        "settings.html",
        visit=visit,
        place=place,
        places=[one for one in places_of(workplace, visit) if one.clinic == place.clinic],
        shown=shown,
        asked=asked,
        tell=settings_page.lines(shown.tell, shown, place.location, now),
        on_call=settings_page.lines(shown.on_call, shown, place.location, now),
        others=settings_page.others(shown, place.location, now),
        way_words=settings_page.way_words,
        policy=[words for words in settings_page.policy_words(shown.policy) if words],
    )
