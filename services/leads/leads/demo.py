"""Sixty days of made-up requests, so that who tries Frontdesk sees a desk as it looks at work.

Only with FRONTDESK_DEMO=1, once, and each row flagged: none was sent by anybody, none alerts.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Engine, func, select

from contract.directory import Clinic, Directory, Location
from contract.hours import add_open_minutes, open_minutes
from leads import tables
from leads.accept import Acceptor
from leads.request import Attribution, Contact, Request
from leads.scope import Scope, scoped
from leads.spam.judge import Verdict
from plumbing.documents import Reader

DAYS = 60
A_DAY = 1.2  # requests of a location on an ordinary day
LOCK = 7_305_112  # pg_advisory_xact_lock: two relays that start at once make one history

FIRST = ("Alma", "Boyd", "Carla", "Dmitri", "Edith", "Farid", "Grace", "Hector", "Imani", "Jonas")
LAST = ("Abbot", "Barrera", "Chen", "Duarte", "Ellis", "Fontaine", "Greer", "Hale", "Ibarra")
MESSAGES = (
    "My lower back locked up yesterday and I cannot stand straight.",
    "I would like to ask about exercises after my visit last month.",
    "Numbness in my left hand for a week. Who should I see?",
    "Can somebody tell me whether you take my insurance?",
    "My knee is swollen since Sunday. Mornings are best for me.",
    "I need a follow-up, any day after work.",
)
OUTCOMES = ("reached", "reached", "booked", "booked", "left_message", "closed")
PATHS = ("/", "/locations/", "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """How a request went: its state, and open minutes until the first call (None: not yet)."""

    state: str
    outcome: str
    minutes: int | None


class DemoHistory:
    """The relay's: `engine` is that of the background jobs' role."""

    def __init__(
        self, engine: Engine, acceptor: Acceptor, directory: Reader[Directory], *, seed: int = 7
    ) -> None:
        self._engine = engine
        self._acceptor = acceptor
        self._directory = directory
        self._choose = random.Random(seed)  # noqa: S311 - made-up people
        self._made = False

    def one_pass(self) -> int:
        """Make the history once the directory is known; how many requests it got."""
        directory = self._directory.current
        if self._made or directory is None:
            return 0
        self._made = True
        lead = tables.lead
        with scoped(self._engine, [clinic.slug for clinic in directory.clinics]) as scope:
            scope.connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            if scope.connection.scalar(select(select(lead.c.id).where(lead.c.demo).exists())):
                return 0
            return sum(
                self._add(scope, clinic, location, at)
                for clinic in directory.clinics
                if set(clinic.forms) & {"contact", "appointment"}
                for location in clinic.locations
                for at in self._moments(location)
            )

    def _moments(self, location: Location) -> list[datetime]:
        """When requests came: at any hour, more on days when the location is open."""
        now = datetime.now(UTC)
        moments = []
        for day in range(DAYS):
            begin = now - timedelta(days=day + 1)
            is_open = open_minutes(location, begin, begin + timedelta(days=1)) > 0
            count = int(self._choose.expovariate(1 / (A_DAY if is_open else A_DAY / 3)))
            minutes = (self._choose.randrange(1440) for _ in range(min(count, 6)))
            moments += [begin + timedelta(minutes=minute) for minute in minutes]
        return sorted(moments)

    def _add(self, scope: Scope, clinic: Clinic, location: Location, at: datetime) -> int:
        draft = self._acceptor.draft(
            clinic, self._request(clinic, location), Verdict(held=False, reasons=())
        )
        told = self._told(location, at)
        called_at = told.minutes is not None and add_open_minutes(location, at, told.minutes)
        answered = {
            "answered_by": self._choose.choice(FIRST),
            "outcome": told.outcome or None,
            "changed_at": called_at,
            "handled_at": called_at if told.state == "done" else None,
            "contacted_at": called_at,
            "contact_minutes": float(told.minutes or 0),
            "contact_late": (told.minutes or 0) > location.reply_minutes,
        }
        scope.connection.execute(
            tables.lead.insert()
            .inline()
            .values(
                id=draft.id,
                demo=True,
                clinic=clinic.slug,
                location=location.slug,
                kind=draft.kind,
                reference=draft.told,
                received_at=at,
                fingerprint=draft.fingerprint,
                hash_key=draft.hash_key,
                n=0,
                again=False,
                state=told.state if called_at else "new",
                language=draft.language,
                form_version=draft.form_version,
                attribution=draft.attribution,
                suspicions=[],
                name_sealed=draft.name_sealed,
                contact_sealed=draft.contact_sealed,
                words_sealed=draft.words_sealed,
                **(answered if called_at else {}),
            )
        )
        happened = [(at, "received"), (called_at, told.outcome or "taken")]
        scope.connection.execute(
            tables.lead_event.insert().inline(),
            [
                {"clinic": clinic.slug, "lead_id": draft.id, "at": moment, "what": what}
                | {"actor": "demo", "detail": {}}
                for moment, what in happened
                if moment
            ],
        )
        scope.connection.execute(
            tables.lead_search.insert().inline(),
            [
                {"clinic": clinic.slug, "mark": mark, "received_at": at, "lead_id": draft.id}
                for mark in draft.search
            ],
        )
        return 1

    def _told(self, location: Location, at: datetime) -> _Told:
        """Most were called in time; of today's some wait, so that there is something to do."""
        age = datetime.now(UTC) - at
        minutes = 2 + int(self._choose.expovariate(1 / (0.45 * location.reply_minutes)))
        by = add_open_minutes(location, at, minutes)
        if by is None or by > datetime.now(UTC):
            return _Told(state="new", outcome="", minutes=None)
        outcome = self._choose.choice(OUTCOMES)
        if outcome == "left_message" and age < timedelta(days=2):
            return _Told(state="waiting", outcome=outcome, minutes=minutes)
        return _Told(state="done", outcome=outcome, minutes=minutes)

    def _request(self, clinic: Clinic, location: Location) -> Request:
        choose = self._choose.choice
        name = f"{choose(FIRST)} {choose(LAST)}"
        number = f"555-01{self._choose.randrange(100):02}"
        kind = choose([form for form in clinic.forms if form in {"contact", "appointment"}])
        return Request(
            kind=kind,
            location=location,
            name=name,
            contact=Contact(
                reply_by="phone",
                phone_typed=f"({location.phone[2:5]}) {number}",
                phone=f"{location.phone[:5]}{number.replace('-', '')}",
                extension="",
                email="",
            ),
            routed_by="choice",
            message=choose(MESSAGES),
            for_someone_else=False,
            patient_name="",
            relationship="",
            reason=choose(clinic.reasons).value if clinic.reasons and kind == "appointment" else "",
            patient=choose(["new", "returning"]) if kind == "appointment" else "",
            practitioner="",
            preferences=(),
            town="",
            language="en",
            speaks=choose(["", "", "", "", "es"]),
            consents=(),
            form_version="demo",
            attribution=Attribution(path=choose(PATHS), utm=()),
            submission_id=str(uuid4()),
            suspicions=(),
        )
