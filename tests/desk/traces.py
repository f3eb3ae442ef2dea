"""A request with all that a person can leave behind, and what it is stored as."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from leads import form, tables
from leads.app import acceptor_of
from leads.draft import Draft
from leads.request import Request
from leads.spam.judge import Verdict
from notify.inbound import Desk as Texts
from notify.inbound import take as take_text
from notify.providers.reports import Inbound
from tests.builders import a_form
from tests.desk.conftest import DeskUnderTest, the_directory
from tests.desk.erasing import Both
from tests.desk.test_person import EMAIL, PHONE

BECAUSE = "asked by phone to be deleted"
WORDS = ("Quillfeather", "canary one", "canary two", "canary three", "canary four", "Leocanary")


def a_draft(desk: DeskUnderTest, **fields: str) -> Draft:
    clinic = the_directory().clinic("envista")
    assert clinic
    checked = form.parse(a_form(**fields), clinic, now=datetime.now(UTC))
    assert isinstance(checked, Request)
    acceptor = acceptor_of(desk.settings, desk.own)
    return acceptor.draft(clinic, checked, Verdict(held=False, reasons=()))


def a_full_request(both: Both) -> UUID:
    """With all that a person can leave behind, at both services."""
    desk = both.desk
    lead_id = desk.request(
        name="Ana Quillfeather",
        message="canary one",
        reply_by="text",
        email=EMAIL,
        consent_text="on",
        consent_email="on",
        utm_source="canary two",
        patient_name="Leocanary",
        relationship="parent",
        **{"for": "someone_else"},
    )
    both.carry()
    both.notify.send_all()  # the alert, and the confirmation to the patient
    text = Inbound(
        provider="twilio",
        ref="SM1",
        number=PHONE,
        to="+15595550100",
        text="canary three",
        handled="",
    )
    with both.notify.parts.engine.begin() as connection:
        keys = both.notify.settings.event_keys
        take_text(connection, text, Texts(keys=keys, directory=None))
    both.carry()
    manager = desk.arrive("ana.lopez@envista.example", "manager", "envista")
    manager.move(lead_id, "reached")
    manager.post(f"/leads/{lead_id}/notes", note="canary four")
    both.carry()
    return lead_id


def sealed_of(desk: DeskUnderTest, lead_id: UUID) -> list[str]:
    """Every sealed value and hash of a lead, as hex."""
    with desk.engine.connect() as connection:
        lead, mark, event = tables.lead, tables.lead_search, tables.lead_event
        values = list(
            connection.execute(
                select(
                    lead.c.name_sealed,
                    lead.c.contact_sealed,
                    lead.c.words_sealed,
                    lead.c.fingerprint,
                ).where(lead.c.id == lead_id)
            ).one()
        )
        values += connection.scalars(select(mark.c.mark).where(mark.c.lead_id == lead_id))
        values += connection.scalars(
            select(event.c.note_sealed).where(event.c.note_sealed.is_not(None))
        )
        values += connection.scalars(select(tables.reply.c.words_sealed))
        texts = list(
            connection.scalars(
                select(tables.outbox.c.sealed).where(
                    tables.outbox.c.sealed != "",
                    tables.outbox.c.data["lead_id"].astext == str(lead_id),
                )
            )
        )
    return [value.hex() for value in values] + texts
