"""A person is erased in both services, stays erased, and is not erased by mistake."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.exc import DBAPIError

from contract.events import ALERT_CHANGED, AlertChanged
from leads import form, store, tables
from leads.app import acceptor_of
from leads.commands.person import Refused
from leads.draft import Draft
from leads.drain import Drain
from leads.privacy import erasing
from leads.request import Request
from leads.scope import scoped
from leads.spam.judge import Verdict
from notify.inbound import Desk as Texts
from notify.inbound import take as take_text
from notify.parts import MIGRATIONS
from notify.providers.reports import Inbound
from notify.records import announce
from notify.tables import outbox as notify_outbox
from plumbing.migrations import migrate
from plumbing.spool import Poison, Spool
from tests.builders import a_clinic, a_directory, a_form
from tests.desk.conftest import Build, DeskUnderTest, the_directory
from tests.desk.erasing import Both, jobs_of, waiting
from tests.desk.notify_beside import notify_beside
from tests.desk.test_person import EMAIL, PHONE, a_comment, asked
from tests.leads.conftest import a_reader
from tests.servers import Postgres

BECAUSE = "asked by phone to be deleted"
WORDS = ("Quillfeather", "canary one", "canary two", "canary three", "canary four", "Leocanary")


@pytest.fixture(scope="session")
def notify_databases(postgres: Postgres) -> tuple[str, str]:
    owner, app = postgres.database("notify")
    migrate(owner, MIGRATIONS)
    return owner, app


@pytest.fixture
def jobs(desk: DeskUnderTest) -> Iterator[Engine]:
    engine = jobs_of(desk)
    yield engine
    engine.dispose()


@pytest.fixture
def both(build: Build, notify_databases: tuple[str, str], tmp_path: Path) -> Iterator[Both]:
    directory = a_directory(
        a_clinic(confirmations=("text", "email")), a_clinic("kosak", hosts=("kosak.example",))
    )
    with notify_beside(
        tmp_path / "notify",
        notify_databases,
        directory=directory,
        desk_url="http://desk.localhost:8000",
    ) as notify:
        notify.write_file()
        desk = build(
            demo=True,
            directory=directory,
            notify_url=notify.url,
            event_keys=notify.settings.event_keys,
        )
        engine = jobs_of(desk)
        yield Both(desk=desk, notify=notify, jobs=engine)
        engine.dispose()


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


def test_after_erasing_nothing_of_the_person_is_in_either_database(both: Both) -> None:
    desk, lead_id = both.desk, a_full_request(both)
    other = desk.request(name="Somebody Else", phone="661-555-0177", message="another canary")
    a_comment(desk, message="canary comment")
    with desk.engine.begin() as connection:  # half an hour later the hash of the words goes too
        connection.execute(
            update(tables.lead)
            .where(tables.lead.c.id == lead_id)
            .values(received_at=datetime.now(UTC) - timedelta(hours=1))
        )
    both.carry()
    traces = sealed_of(desk, lead_id)
    before = both.stored()
    assert len(traces) > 10
    assert all(trace in before for trace in traces)
    assert PHONE in before  # notify knows whom it wrote to
    assert EMAIL in before

    asked(desk, "erase", "--yes")
    asked(desk, "erase", "--yes", about=EMAIL)
    both.carry()
    both.sweep()
    after = both.stored()
    for word in (*WORDS, PHONE, EMAIL, "canary comment"):
        assert word not in after, word
    assert [trace for trace in traces if trace in after and len(trace) > 40] == []
    assert desk.row(other)["state"] == "new"
    assert asked(desk, "find") == "nothing is stored under it"
    for path in desk.settings.state_dir.rglob("*"):
        if path.is_file():
            assert b"Quillfeather" not in path.read_bytes(), path


def test_what_stays_is_a_row_without_a_person(both: Both) -> None:
    lead_id = a_full_request(both)
    row = both.desk.row(lead_id)
    asked(both.desk, "erase", "--yes")
    with both.desk.engine.connect() as connection:
        gone = connection.execute(select(tables.erased_lead)).mappings().one()
    for name in ("id", "clinic", "location", "kind", "received_at", "contact_minutes", "state"):
        assert gone[name] == row[name], name
    assert gone["why"] == "person"


def test_the_alert_of_an_erased_request_falls_silent(both: Both) -> None:
    both.desk.request()
    both.carry()
    asked(both.desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    both.carry()
    assert both.notify.rows("SELECT state FROM alert") == [("settled",)]
    assert both.notify.rows("SELECT count(*) FROM step WHERE state = 'due'") == [(0,)]
    waits = "SELECT count(*) FROM message WHERE state IN ('queued', 'unknown')"
    assert both.notify.rows(waits) == [(0,)]


def test_what_was_under_way_is_absorbed(both: Both) -> None:
    """Every event of the request comes only after notify has heard that it is erased."""
    desk = both.desk
    manager = desk.arrive("ana.lopez@envista.example", "manager", "envista")
    lead_id = desk.request(consent_text="on", reply_by="text")
    manager.move(lead_id, "take")
    early = waiting(desk.engine, tables.outbox)
    assert len(early) == 3  # accepted, a confirmation asked for, taken
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    late = [one for one in waiting(desk.engine, tables.outbox) if one not in early]
    for envelope in [*late, *early]:
        assert both.notify.parts.inbox.take_all([envelope]) == [envelope.id]
    for table in ("alert", "message"):
        assert both.notify.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608
    both.sweep()
    both.carry()
    assert both.notify.rows("SELECT count(*) FROM message") == [(0,)]
    assert PHONE not in both.stored()


def test_news_of_an_erased_request_is_absorbed(both: Both) -> None:
    lead_id = both.desk.request()
    asked(both.desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    change = AlertChanged(lead_id=str(lead_id), clinic="envista", alert_id="a", what="told")
    with both.notify.parts.engine.begin() as connection:
        announce(connection, change)
    [envelope] = waiting(both.notify.parts.engine, notify_outbox)
    assert envelope.name == ALERT_CHANGED
    both.carry()  # nothing is left waiting


def test_nobody_is_erased_who_was_not_answered(desk: DeskUnderTest) -> None:
    desk.request()
    desk.request(message="another one")
    with pytest.raises(Refused, match=r"nobody has answered .* yet: call first") as refused:
        asked(desk, "erase", "--yes")
    assert str(refused.value).count(",") >= 1
    with pytest.raises(Refused, match="10 to 300 characters"):
        asked(desk, "erase", "--yes", "--unanswered-because", "because")
    assert asked(desk, "find").endswith("2 requests, 0 comments, 0 texts")
    said = asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    assert "Erased" in said
    assert asked(desk, "find") == "nothing is stored under it"


def test_without_yes_nothing_is_erased(desk: DeskUnderTest) -> None:
    lead_id = desk.request()
    said = asked(desk, "erase", "--unanswered-because", BECAUSE)
    assert "Nothing is erased yet" in said
    assert "1 requests" in said
    assert desk.row(lead_id)["state"] == "new"
    assert not any(what == "person: erase" for what, _, _ in desk.audit())


def test_erasing_is_written_down_without_saying_who(desk: DeskUnderTest) -> None:
    desk.request()
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    event = tables.staff_event
    with desk.engine.connect() as connection:
        [detail] = connection.scalars(select(event.c.detail).where(event.c.what == "person: erase"))
    assert detail == {"leads": 1, "reason": BECAUSE}


def test_a_held_request_is_not_erased_until_it_is_released(
    desk: DeskUnderTest, engine: Engine
) -> None:
    lead_id = desk.request()
    with desk.engine.begin() as connection:
        connection.execute(
            tables.legal_hold.insert().values(clinic="envista", lead_id=lead_id, reason="a claim")
        )
    with pytest.raises(Refused, match="held by hand"):
        asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    with pytest.raises(DBAPIError, match="held by hand"), scoped(engine, ["envista"]) as scope:
        erasing.erase_leads(scope, "envista", [lead_id], why="person")
    assert desk.row(lead_id)["state"] == "new"


@pytest.mark.parametrize("role", ["leads_app", "leads_jobs"])
@pytest.mark.parametrize("name", ["lead", "consent", "lead_event"])
def test_no_row_of_a_request_goes_unless_it_is_erased_as_a_whole(
    desk: DeskUnderTest, jobs: Engine, engine: Engine, role: str, name: str
) -> None:
    desk.request(consent_text="on")
    table = tables.metadata.tables[name]
    with scoped(engine if role == "leads_app" else jobs, ["envista"]) as scope:
        gone = scope.connection.execute(delete(table).where(table.c.clinic == "envista"))
    assert gone.rowcount == 0


def test_age_alone_erases_nothing_that_nobody_answered(desk: DeskUnderTest, jobs: Engine) -> None:
    lead_id = desk.request()
    with pytest.raises(DBAPIError, match="was not answered"), scoped(jobs, ["envista"]) as scope:
        erasing.erase_leads(scope, "envista", [lead_id], why="age")
    assert desk.row(lead_id)["state"] == "new"


def test_another_clinics_request_is_not_erased(desk: DeskUnderTest, engine: Engine) -> None:
    kosak = desk.request(host="kosak.example")
    with scoped(engine, ["envista"]) as scope:
        assert erasing.erase_leads(scope, "kosak", [kosak], why="person") == 0
    assert desk.row(kosak)["state"] == "new"


def test_a_form_that_a_browser_sends_again_does_not_bring_the_person_back(
    desk: DeskUnderTest,
) -> None:
    fields = a_form(submission_id="7b1d3f6e-52f7-4a6e-9d55-3d1b0a9c2e11")
    client = desk.app.test_client()

    def send() -> str:
        answer = client.post("/leads/requests", data=fields, base_url="http://envista.example")
        assert answer.status_code == 303
        return answer.location.split("ref=")[1].split("&")[0]

    first = send()
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    assert send() == first
    assert asked(desk, "find") == "nothing is stored under it"
    # half an hour after the first one the same words are a new request
    with desk.engine.begin() as connection:
        connection.execute(
            update(tables.erased_lead).values(received_at=datetime.now(UTC) - timedelta(minutes=31))
        )
    send()
    assert "1 requests" in asked(desk, "find")


def test_a_program_that_sends_again_gets_the_same_reference_and_nothing_comes_back(
    desk: DeskUnderTest,
) -> None:
    client = desk.app.test_client()

    def send(message: str = "canary"):
        return client.post(
            "/leads/v1/requests",
            json={
                "kind": "contact",
                "location": "shafter",
                "name": "Ana",
                "reply_by": "phone",
                "phone": PHONE,
                "message": message,
            },
            headers={"Idempotency-Key": "order-1"},
            base_url="http://envista.example",
        )

    first = send()
    assert first.status_code == 201
    with desk.engine.begin() as connection:  # long after
        connection.execute(
            update(tables.lead).values(received_at=datetime.now(UTC) - timedelta(days=2))
        )
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    again = send()
    assert (again.status_code, again.json) == (201, first.json)
    assert asked(desk, "find") == "nothing is stored under it"
    assert send("other words").status_code == 422


def test_a_request_that_waits_on_disk_is_erased_too(both: Both) -> None:
    """Two hosts took it while the database was away; one had it set aside."""
    desk = both.desk
    drafts = [a_draft(desk, message=f"canary {n}") for n in range(3)]
    spool = Spool(desk.settings.spool_dir, desk.settings.seal_keys)
    acceptor = acceptor_of(desk.settings, desk.own)
    accepted = acceptor.store(drafts[0], waited=True)
    spool.write(drafts[0].to_bytes())  # was stored, and the record is still there
    spool.write(drafts[1].to_bytes())

    def refuse(_record: bytes) -> None:
        raise Poison("no-reason")

    spool.drain(refuse)
    spool.write(drafts[2].to_bytes())
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    assert (
        Drain(spool, acceptor, a_reader(desk.settings.state_dir, the_directory())).one_pass() == 1
    )
    both.sweep()
    standing = spool.standing()
    assert (standing.waiting, standing.aside) == (0, 0)
    assert asked(desk, "find") == "nothing is stored under it"
    with desk.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.lead)) == 0
        assert store.reference_of(connection, "envista", accepted.lead_id) == drafts[0].told


def test_what_came_after_the_erasure_is_kept(desk: DeskUnderTest) -> None:
    desk.request()
    asked(desk, "erase", "--yes", "--unanswered-because", BECAUSE)
    spool = Spool(desk.settings.spool_dir, desk.settings.seal_keys)
    spool.write(a_draft(desk, message="a new plea").to_bytes())
    assert (
        Drain(
            spool,
            acceptor_of(desk.settings, desk.own),
            a_reader(desk.settings.state_dir, the_directory()),
        ).one_pass()
        == 1
    )
    assert "1 requests" in asked(desk, "find")
