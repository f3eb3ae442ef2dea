"""A desk in the middle of a day: a request in each state, comments, texts, colleagues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import update

from contract.events import (
    ALERT_CHANGED,
    PATIENT_REPLIED,
    AlertChanged,
    Envelope,
    PatientReplied,
)
from leads import tables
from leads.comments import store as comments
from leads.comments.form import Comment
from leads.events import event_inbox
from leads.replies import Keeping, clinics_with_leads
from leads.scope import scoped
from plumbing.envelopes import seal_part
from tests.desk.conftest import DeskUnderTest, jobs_of, the_directory

TEXT_OK = {"consent_text": "on", "consent_voicemail": "on"}
CHILD = {"for": "someone_else", "patient_name": "Leo Ruiz", "relationship": "parent"}
MESSAGE = (
    "My lower back locked up on Saturday while lifting a box. I can stand but not bend.\n\n"
    "Mornings are best for a call."
)


@dataclass(frozen=True, kw_only=True)
class FullDesk:
    """`leads`: what a request is an example of -> its id.  `invitation`: the path of a link."""

    leads: Mapping[str, UUID]
    invitation: str


def fill(desk: DeskUnderTest, *, words: str = "", page: str = "/articles/back-spasms/") -> FullDesk:
    """`words`: typed by patients, readers and colleagues in every field that takes any text."""

    def said(usual: str) -> str:
        return words or usual

    renee = desk.arrive("renee.alvarado@envista.example", "manager", "envista")
    ana = desk.arrive("ana.lopez@envista.example", "location_staff", "envista")
    desk.arrive("ed.porter@envista.example", "editor", "envista")
    desk.add("invited@envista.example", "reviewer", "envista")
    desk.link("disable", "--email", "ed.porter@envista.example")
    leads: dict[str, UUID] = {}

    def request(what: str, name: str, *, age: timedelta = timedelta(), **fields: str) -> UUID:
        typed = {
            "message": said(MESSAGE),
            "town": said("Shafter"),
            "utm_source": said("newsletter"),
            "utm_campaign": said("spring"),
            "from": page,
        }
        phone = f"(661) 555-0{100 + len(leads)}"
        lead_id = desk.request(**{"name": said(name), "phone": phone} | typed | fields)
        with desk.engine.begin() as connection:
            connection.execute(
                update(tables.lead)
                .where(tables.lead.c.id == lead_id)
                .values(received_at=datetime.now(UTC) - age)
            )
        leads[what] = lead_id
        return lead_id

    request("missed", "Carmen Delgado", age=timedelta(days=3), **TEXT_OK)
    request(
        "appointment",
        "Walter Nguyen",
        kind="appointment",
        reason="back-pain",
        patient="new",
        when="days",
        preferred_date_1="2026-12-01",
        preferred_part_1="morning",
        location="bakersfield",
    )
    request("caregiver", "Ana Ruiz", **CHILD | ({"patient_name": words} if words else {}))
    request("spanish", "María Fernández", speaks=said("Spanish")[:60], email="maria@mail.example")
    ana.move(request("taken", "Grace Hall", age=timedelta(minutes=20)), "take")
    ana.post(f"/leads/{leads['taken']}/notes", note=said("Her daughter answers before noon."))
    renee.move(request("mine", "Hector Ibarra", age=timedelta(minutes=9)), "take")
    ana.post(f"/leads/{request('later', 'Edith Chen')}/moves", move="later", **{"in": "opening"})
    renee.move(request("waiting", "Boyd Abbot", **TEXT_OK), "left_message")
    renee.move(request("done", "Imani Greer"), "reached")
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT10:30")
    renee.post(f"/leads/{request('booked', 'Jonas Hale')}/moves", move="booked", moment=day)
    renee.move(request("closed", "Farid Ellis"), "close")
    _answered(desk, request("answered", "Dolores Kent"), contact=said("Dr. Kosak"))
    request("held", "Max Offer", topic_code="x", message=said("Cheap backlinks for your site"))
    _text(desk, said("Is the clinic open on Friday?"), number="+16615550177")
    _text(desk, said("Can I come an hour later?"), number="+16615550108")
    _comment(desk, said("Lee Reader"), said("The stretch in step two helped within a day."), page)
    colleague = {"email": "june@envista.example", "name": said("June Harlan"), "role": "editor"}
    renee.post("/people", place="envista", **colleague)
    return FullDesk(leads=leads, invitation=desk.newest_link())


def _answered(desk: DeskUnderTest, lead_id: UUID, *, contact: str) -> None:
    """A contact of the alert says by text that it is theirs."""
    for what in ("opened", "told", "acknowledged"):
        change = AlertChanged(
            lead_id=str(lead_id),
            clinic="envista",
            alert_id=str(uuid4()),
            what=what,
            contact="" if what == "opened" else contact,
            channel="sms" if what == "told" else "",
        )
        now = datetime.now(UTC)
        _take(desk, Envelope(id=uuid4(), name=ALERT_CHANGED, at=now, data=change.to_json()))


def _text(desk: DeskUnderTest, said: str, *, number: str) -> None:
    event_id, now = uuid4(), datetime.now(UTC)
    replied = PatientReplied(message_id=f"SM{event_id}", clinic="envista", at=now.isoformat())
    sealed = seal_part(desk.settings.event_keys, event_id, {"from": number, "text": said})
    _take(
        desk,
        Envelope(id=event_id, name=PATIENT_REPLIED, at=now, data=replied.to_json(), sealed=sealed),
    )


def _take(desk: DeskUnderTest, envelope: Envelope) -> None:
    settings = desk.settings
    keeping = Keeping(
        event_keys=settings.event_keys,
        seal_keys=settings.seal_keys,
        hash_key=settings.hash_key,
        clinics=clinics_with_leads,
    )
    jobs = jobs_of(settings.database_url)
    event_inbox(jobs, keeping, the_directory).take(envelope)
    jobs.dispose()


def _comment(desk: DeskUnderTest, name: str, message: str, page: str) -> None:
    comment = Comment(article=page, name=name, email="lee@mail.example", message=message)
    with scoped(desk.own, ["envista"]) as scope:
        comments.add(
            scope,
            "envista",
            comment,
            keys=desk.settings.seal_keys,
            hashes=desk.settings.hash_key,
        )
