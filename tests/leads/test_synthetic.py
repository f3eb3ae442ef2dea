"""The group's own test requests are stored and told of like a patient's, and counted nowhere."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from contract.events import ALERT_CHANGED, SYNTHETIC, AlertChanged, Envelope
from contract.proof import HEADER, Proof
from leads.app import build_app
from leads.events import alerts_changed
from leads.metrics import LeadMetrics
from leads.replies import clinics_with_leads
from leads.synthetic import Forgetter, alerts_tested_at
from leads.tables import metadata
from plumbing.database import connect
from plumbing.spool import Spool
from tests.builders import a_clinic, a_directory, a_form
from tests.leads.conftest import Leads, a_reader, make_settings, write_release

TOKEN = "token"
HOST = "envista.example"


@pytest.fixture
def jobs(migrated: str) -> Iterator[Engine]:
    """The background processes' role."""
    engine = connect(migrated.replace("leads_app", "leads_jobs"), name="tests-jobs")
    yield engine
    engine.dispose()


def send(
    leads: Leads, *, nonce: str = "", at: datetime | None = None, token: str = TOKEN, **form: str
) -> TestResponse:
    nonce = nonce or uuid4().hex
    body = urlencode(a_form(**{"message": nonce} | form)).encode()
    proof = Proof.of(token, host=HOST, body=body, at=at or datetime.now(UTC), nonce=nonce)
    return post(leads, body, str(proof))


def post(leads: Leads, body: bytes, proof: str) -> TestResponse:
    return leads.client.post(
        "/leads/requests",
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers={HEADER: proof},
        base_url=f"http://{HOST}",
    )


def told(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return answer.location.split("ref=")[1].split("&")[0]


def one(engine: Engine, sql: str, **values: object):  # type: ignore[no-untyped-def]
    with engine.begin() as connection:
        return connection.execute(text(sql), values).one()


def count(engine: Engine, table: str = "lead") -> int:
    return one(engine, f"SELECT count(*) FROM {table} WHERE clinic = '{SYNTHETIC}'")[0]  # noqa: S608


def told_of(engine: Engine, lead_id: UUID) -> None:
    change = AlertChanged(
        lead_id=str(lead_id), clinic=SYNTHETIC, alert_id=str(uuid4()), what="told", channel="sink"
    )
    with engine.begin() as connection:
        envelope = Envelope(
            id=uuid4(), name=ALERT_CHANGED, at=datetime.now(UTC), data=change.to_json()
        )
        alerts_changed(
            connection,
            [envelope],
            lambda *_: None,
        )


def lead_of(leads: Leads, reference: str) -> UUID:
    return one(leads.engine, "SELECT id FROM lead WHERE reference = :r", r=reference).id


def test_it_is_stored_of_no_clinic_and_its_event_says_that_it_is_a_test(leads: Leads) -> None:
    reference = told(send(leads))
    row = one(leads.engine, "SELECT * FROM lead WHERE reference = :r", r=reference)
    assert (row.clinic, row.state) == (SYNTHETIC, "new")
    event = one(leads.engine, "SELECT data FROM outbox WHERE data->>'lead_id' = :i", i=str(row.id))
    assert (event.data["clinic"], event.data["synthetic"]) == (SYNTHETIC, True)
    patient = leads.post(a_form(message="a patient's"))
    row = one(leads.engine, "SELECT * FROM lead WHERE reference = :r", r=told(patient))
    assert row.clinic == "envista"


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "guessed"},
        {"at": datetime.now(UTC) - timedelta(minutes=5)},
        {"kind": "comment"},
        {"phone": "12"},
    ],
)
def test_without_a_proof_that_holds_nothing_is_stored(leads: Leads, wrong: dict[str, str]) -> None:
    before = count(leads.engine)
    answer = send(leads, **wrong)  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert "Not sent" in answer.text or "not sent" in answer.text
    assert count(leads.engine) == before


def test_what_was_taken_once_is_refused_the_second_time(leads: Leads) -> None:
    nonce = uuid4().hex
    body = urlencode(a_form(message=nonce)).encode()
    proof = Proof.of(TOKEN, host=HOST, body=body, at=datetime.now(UTC), nonce=nonce)
    told(post(leads, body, str(proof)))
    before = count(leads.engine)
    assert post(leads, body, str(proof)).status_code == 403
    assert count(leads.engine) == before


def test_it_is_neither_limited_nor_suspected(leads: Leads) -> None:
    for _ in range(25):
        reference = told(send(leads, message=uuid4().hex))
    row = one(leads.engine, "SELECT state, suspicions FROM lead WHERE reference = :r", r=reference)
    assert (row.state, row.suspicions) == ("new", [])


def test_while_the_database_is_away_it_waits_on_disk_like_any_other(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, database_url="postgresql://leads_app@127.0.0.1:1/leads")
    write_release(settings.sites_dir, HOST)
    engine = connect(settings.database_url, name="nowhere")
    app = build_app(settings, engine=engine, directory=a_reader(tmp_path, a_directory(a_clinic())))
    told(send(Leads(client=app.test_client(), engine=engine, settings=settings)))
    kept: list[bytes] = []
    Spool(settings.spool_dir, settings.seal_keys).drain(kept.append)
    assert len(kept) == 1
    assert SYNTHETIC.encode() in kept[0]
    engine.dispose()


def test_leads_knows_when_an_alert_last_arrived(leads: Leads, engine: Engine, jobs: Engine) -> None:
    lead_id = lead_of(leads, told(send(leads)))
    before = alerts_tested_at(engine)
    told_of(jobs, lead_id)
    after = alerts_tested_at(engine)
    assert after is not None
    assert before is None or before < after
    assert datetime.now(UTC) - after < timedelta(minutes=1)


def test_numbers_and_patients_replies_know_nothing_of_it(leads: Leads, jobs: Engine) -> None:
    def stored() -> float:
        return next(
            metric.samples[0].value
            for metric in LeadMetrics(jobs, metadata).collect()
            if metric.name == "leads_stored"
        )

    leads.post(a_form(message="one that counts"))
    before = stored()
    told(send(leads))
    assert stored() == before
    with jobs.connect() as connection:
        assert SYNTHETIC not in clinics_with_leads(connection)


def test_after_a_day_all_of_it_is_forgotten_but_the_last_that_arrived(
    leads: Leads, engine: Engine, jobs: Engine
) -> None:
    old, last = (lead_of(leads, told(send(leads))) for _ in range(2))
    mine = lead_of(leads, told(leads.post(a_form(message="keep mine"))))
    told_of(jobs, old)
    told_of(jobs, last)
    with leads.engine.begin() as connection:
        for lead_id in (old, last, mine):
            connection.execute(
                text("UPDATE lead SET received_at = now() - interval '2 days' WHERE id = :i"),
                {"i": lead_id},
            )
    Forgetter(jobs).one_pass()
    left = "SELECT count(*) FROM lead WHERE id = :i"
    assert [one(leads.engine, left, i=lead_id)[0] for lead_id in (old, last, mine)] == [0, 1, 1]
    story = "SELECT count(*) FROM lead_event WHERE lead_id = :i"
    assert one(leads.engine, story, i=old)[0] == 0
    assert alerts_tested_at(engine) is not None
    told_of(jobs, old)  # what notify says too late is no mistake
