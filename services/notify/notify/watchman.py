"""The watchman: every few minutes a test request goes the whole way that a patient's goes.

From the clinic's form page through the edge to leads, by outbox and relay to notify, by Celery to
a worker and to a provider that nobody reads (notify.sink).  Only when it has arrived is the
operator's heartbeat address asked (a dead-man's switch: it raises the alarm when it hears nothing).

Clinics have their turn one after the other.  It works in a thread of its own: what hangs here
holds up no message.
"""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from sqlalchemy import Engine

from contract.directory import Clinic, Directory, Location
from notify import tested
from notify.patient import Patient, Stopped
from notify.settings import Settings
from plumbing.documents import Reader
from plumbing.loops import keep_doing

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
FIRST_AFTER_S = 15.0  # all processes of a copy start at once, the edge last
ARRIVED_WITHIN_S = 120.0
FORGET_EVERY_S = 3600.0
REST_S = 3600.0  # a host without a certificate: who asks for one too often gets none for a while
KINDS = ("contact", "appointment")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a test request is sent."""

    clinic: Clinic
    location: Location
    kind: str


class Watchman:
    """Several dispatchers may have one: a test that is due is done by one of them."""

    def __init__(
        self,
        *,
        engine: Engine,
        reader: Reader[Directory],
        settings: Settings,
        arrived_within_s: float = ARRIVED_WITHIN_S,
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._every_s = settings.synthetic_s
        self._heartbeat_url = settings.heartbeat_url
        self._patient = Patient(
            edge_url=settings.edge_url,
            verify=settings.edge_verified,
            token=settings.service_token,
        )
        self._arrived_within_s = arrived_within_s
        self._resting: dict[str, float] = {}  # host -> until when (monotonic) it is left alone
        self._next_forget = 0.0
        self._turn = 0

    def start(self, stop: threading.Event) -> None:
        """In a thread, until `stop`."""
        if self._every_s:
            threading.Thread(target=self._run, args=(stop,), daemon=True, name="watchman").start()

    def work(self) -> bool:
        """Send a test request if one is due, and see it through; whether one was sent."""
        place = self._next_place()
        if place is None:
            return False
        with self._engine.begin() as connection:
            check_id = tested.begin(
                connection,
                clinic=place.clinic.slug,
                location=place.location.slug,
                every_s=self._every_s,
            )
        if check_id is None:
            return False
        self._turn += 1
        why = self._see_through(place)
        with self._engine.begin() as connection:
            if why is None:
                tested.came_through(connection, check_id)
            else:
                tested.failed(connection, check_id, f"{place.clinic.hosts[0]}: {why}")
        fields = {"clinic": place.clinic.slug, "location": place.location.slug}
        if why is None:
            logger.info("test request came through", extra=fields)
            self._ping(check_id)
        else:
            logger.error("test request did not come through", extra=fields | {"reason": why})
        return True

    def forget(self) -> None:
        """Remove the rows of old test requests, now and then."""
        if time.monotonic() >= self._next_forget:
            self._next_forget = time.monotonic() + FORGET_EVERY_S
            with self._engine.begin() as connection:
                tested.forget(connection)

    def _run(self, stop: threading.Event) -> None:
        def one_pass() -> None:
            self.work()
            self.forget()
            stop.wait(LOOK_EVERY_S)

        stop.wait(min(FIRST_AFTER_S, self._every_s))
        keep_doing(one_pass, stop, pause_s=LOOK_EVERY_S)

    def _next_place(self) -> Place | None:
        now = time.monotonic()
        directory = self._reader.current
        places = [
            place
            for place in _places(directory.clinics if directory else ())
            if self._resting.get(place.clinic.hosts[0], 0) <= now
        ]
        return places[self._turn % len(places)] if places else None

    def _see_through(self, place: Place) -> str | None:
        """None when its alert has arrived, else where it stopped."""
        try:
            reference = self._patient.send(place.clinic, place.location, place.kind)
        except Stopped as stopped:
            if stopped.certificate:
                self._resting[place.clinic.hosts[0]] = time.monotonic() + REST_S
            return str(stopped)
        deadline = time.monotonic() + self._arrived_within_s
        while True:
            with self._engine.begin() as connection:
                where = tested.stands_at(connection, reference)
            if where is None or time.monotonic() > deadline:
                return where
            time.sleep(min(LOOK_EVERY_S, self._arrived_within_s / 10))

    def _ping(self, check_id: int) -> None:
        if not self._heartbeat_url:
            return
        try:
            answer = httpx.get(self._heartbeat_url, timeout=10)
            why_not = "" if answer.is_success else f"answers {answer.status_code}"
        except httpx.HTTPError as error:
            why_not = f"does not answer ({type(error).__name__})"
        if why_not:
            logger.error("heartbeat not taken", extra={"reason": why_not})
        with self._engine.begin() as connection:
            tested.pinged(connection, check_id, why_not)


def _places(clinics: Sequence[Clinic]) -> list[Place]:
    """One for each clinic that takes requests and then the other locations, so all have a turn."""
    able = [
        [Place(clinic, location, kind) for location in clinic.locations]
        for clinic in clinics
        for kind in [next((kind for kind in KINDS if kind in clinic.forms), "")]
        if kind and clinic.hosts
    ]
    longest = max((len(places) for places in able), default=0)
    return [places[n] for n in range(longest) for places in able if n < len(places)]
