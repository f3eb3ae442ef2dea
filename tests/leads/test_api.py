"""The JSON API as programs and pages use it."""

import json
import re
import shlex
from pathlib import Path

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from jsonschema_rs import Draft202012Validator
from sqlalchemy import Engine, text

from leads.__main__ import main
from leads.api.document import EXAMPLE, document
from leads.app import build_app
from plumbing.database import connect
from tests.builders import a_clinic, a_directory, a_form
from tests.leads.conftest import Leads, a_reader
from tests.leads.test_accept import rows, words
from tests.leads.test_views import NOBODY

PATH = "/leads/v1/requests"
PARTNER = "https://partner.example"


def a_request(**changes: object) -> dict[str, object]:
    body: dict[str, object] = {**a_form(), "consent_voicemail": True}
    del body["topic_code"]
    return body | changes


def send(client: FlaskClient, body: object, *, host: str = "envista.example", **headers: str):
    return client.post(
        PATH,
        json=body,
        base_url=f"http://{host}",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


@pytest.fixture
def make_key(leads: Leads, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Makes a key as an operator does."""
    monkeypatch.setattr("leads.__main__.Settings.from_env", lambda *_, **__: leads.settings)
    monkeypatch.setattr("leads.__main__.configure_logs", lambda _name: None)
    monkeypatch.setattr("leads.api.keys.KEPT_S", 0.0)

    def key(*arguments: str) -> str:
        assert main(["key", *arguments, "--clinic", "envista"]) == 0
        return capsys.readouterr().out.strip()

    return key


@pytest.fixture
def public(make_key) -> str:
    return make_key("add", "--public", "--origin", f"{PARTNER}/")


@pytest.fixture
def secret(make_key) -> str:
    return make_key("add", "--secret")


def problem(answer, status: int) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == status
    return answer.json


def test_a_request_from_the_clinics_own_page_needs_no_key(leads: Leads) -> None:
    answer = send(leads.client, a_request(message="by json"), Origin="http://envista.example")
    assert answer.status_code == 201
    [row] = rows(leads, "by json")
    assert answer.json == {"reference": row["reference"]}
    assert words(leads, row)["message"] == "by json"
    assert answer.headers["Cache-Control"] == "no-store"


def test_form_and_api_know_the_same_request(leads: Leads) -> None:
    told = send(leads.client, a_request(message="both ways", consent_voicemail=False)).json
    answer = leads.post(a_form(message="both ways"))
    assert told["reference"] in answer.location


def test_mistakes_name_the_field(leads: Leads) -> None:
    body = problem(send(leads.client, a_request(name="", phone="12")), 422)
    assert [error["field"] for error in body["errors"]] == ["name", "phone"]
    body = problem(send(leads.client, a_request(fone="x", email=5)), 422)
    assert {error["field"] for error in body["errors"]} == {"fone", "email"}


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b"[]", 400, "not a JSON object"),
        (b'{"name": NaN}', 400, "not JSON"),
        (b'{"name": "\xff"}', 400, "UTF-8"),
        (b'{"name": "a", "name": "b"}', 400, "twice"),
        (b"[" * 60000, 400, ""),
        (b'{"name": "' + b"x" * 70000 + b'"}', 413, "64 KiB"),
        (json.dumps({f"f{n}": "" for n in range(41)}).encode(), 400, "40 fields"),
        (b'{"kind": "contact", "name": "\\ud800"}', 422, "wrong"),
        (b'{"kind": "comment"}', 404, "does not take"),
        (b'{"kind": "order"}', 422, "wrong"),
    ],
)
def test_a_body_that_is_no_request_is_refused_in_words(
    leads: Leads, body: bytes, status: int, says: str
) -> None:
    answer = leads.client.post(
        PATH, data=body, base_url="http://envista.example", content_type="application/json"
    )
    assert says in problem(answer, status)["detail"]


def test_another_type_or_a_compressed_body_is_refused(leads: Leads) -> None:
    base = "http://envista.example"
    problem(leads.client.post(PATH, data=a_form(), base_url=base), 415)
    gzip = {"Content-Encoding": "gzip"}
    problem(leads.client.post(PATH, json=a_request(), base_url=base, headers=gzip), 415)


def test_an_unknown_host_has_no_api(leads: Leads) -> None:
    answer = send(leads.client, a_request(), host="unknown.example")
    assert problem(answer, 421)
    assert leads.client.get("/leads/v1/", base_url="http://x.example").status_code == 421


def test_the_same_idempotency_key_gets_the_same_answer_for_30_days(leads: Leads) -> None:
    body = a_request(message="once, please")
    first = send(leads.client, body, Idempotency_Key="order-1").json
    with leads.engine.begin() as connection:  # no longer the same by content alone
        connection.execute(text("UPDATE lead SET received_at = now() - interval '29 days'"))
        connection.execute(text("UPDATE api_request SET at = now() - interval '29 days'"))
    assert send(leads.client, body, Idempotency_Key="order-1").json == first
    other = send(leads.client, a_request(message="else"), Idempotency_Key="order-1")
    assert "another request" in problem(other, 422)["detail"]
    assert rows(leads, "else") == []
    with leads.engine.begin() as connection:
        connection.execute(text("UPDATE api_request SET at = now() - interval '31 days'"))
    again = send(leads.client, body, Idempotency_Key="order-1")
    assert again.status_code == 201
    assert again.json != first


def test_an_idempotency_key_is_of_one_clinic(leads: Leads, engine: Engine, tmp_path: Path) -> None:
    app = build_app(
        leads.settings,
        engine=engine,
        directory=a_reader(tmp_path, a_directory(a_clinic(), a_clinic("kosak"))),
    )
    client = app.test_client()
    one = send(client, a_request(message="at one"), Idempotency_Key="shared")
    two = send(client, a_request(message="at two"), Idempotency_Key="shared", host="kosak.example")
    assert (one.status_code, two.status_code) == (201, 201)


def test_a_page_of_another_site_needs_a_key_of_its_origin(leads: Leads, public: str) -> None:
    bearer = {"Authorization": f"Bearer {public}"}
    assert (
        "key is needed" in problem(send(leads.client, a_request(), Origin=PARTNER), 401)["detail"]
    )
    answer = send(leads.client, a_request(message="partner"), Origin=PARTNER, **bearer)
    assert answer.status_code == 201
    assert answer.headers["Access-Control-Allow-Origin"] == PARTNER
    for origin in ("https://evil.example", "null", "http://partner.example", f"{PARTNER}.evil"):
        answer = send(leads.client, a_request(), Origin=origin, **bearer)
        problem(answer, 403)
        assert "Access-Control-Allow-Origin" not in answer.headers
    problem(send(leads.client, a_request(), **bearer), 403)


def test_a_key_is_of_one_clinic_and_can_be_revoked(
    leads: Leads, engine: Engine, tmp_path: Path, secret: str, make_key
) -> None:
    bearer = {"Authorization": f"Bearer {secret}"}
    assert secret.startswith("fd_sec_")
    assert send(leads.client, a_request(message="server"), **bearer).status_code == 201
    app = build_app(
        leads.settings, engine=engine, directory=a_reader(tmp_path, a_directory(a_clinic("kosak")))
    )
    problem(send(app.test_client(), a_request(), host="kosak.example", **bearer), 401)
    problem(send(leads.client, a_request(), Authorization=f"Basic {secret}"), 401)
    listed = make_key("list")
    for line in listed.splitlines():
        make_key("revoke", line.split()[0])
    assert "not known" in problem(send(leads.client, a_request(), **bearer), 401)["detail"]


def test_a_secret_key_in_a_page_is_refused(leads: Leads, secret: str) -> None:
    answer = send(
        leads.client, a_request(), Origin="https://x.example", Authorization=f"Bearer {secret}"
    )
    assert "Revoke it" in problem(answer, 403)["detail"]


def test_keys_are_stored_as_hashes_only(leads: Leads, public: str, secret: str) -> None:
    with leads.engine.connect() as connection:
        stored = repr(connection.execute(text("SELECT * FROM api_key")).all())
    assert public not in stored
    assert secret not in stored


def test_only_listed_origins_pass_the_preflight(leads: Leads, public: str) -> None:
    def preflight(origin: str):
        return leads.client.options(
            PATH,
            base_url="http://envista.example",
            headers={"Origin": origin, "Access-Control-Request-Method": "POST"},
        )

    answer = preflight(PARTNER)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == PARTNER
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    answer = preflight("https://evil.example")
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_without_a_database_requests_are_still_taken(leads: Leads, tmp_path: Path) -> None:
    app = build_app(
        leads.settings,
        engine=connect(NOBODY, name="nobody"),
        directory=a_reader(tmp_path, a_directory(a_clinic())),
    )
    answer = send(app.test_client(), a_request(message="spooled"), Idempotency_Key="k")
    assert answer.status_code == 201
    bearer = {"Authorization": "Bearer fd_sec_x"}
    answer = send(app.test_client(), a_request(), **bearer)
    assert answer.headers["Retry-After"]
    problem(answer, 503)


def test_the_document_is_openapi_and_tells_the_truth(leads: Leads) -> None:
    answer = leads.client.get("/leads/v1/openapi.json", base_url="http://envista.example")
    assert answer.json == document()
    assert answer.json["openapi"].startswith("3.1")
    schema = answer.json["components"]["schemas"]["Request"]
    assert Draft202012Validator(schema).is_valid(EXAMPLE)


def test_the_reference_page_needs_nothing_from_elsewhere(leads: Leads) -> None:
    page = leads.client.get("/leads/v1/", base_url="http://envista.example")
    assert page.status_code == 200
    addresses = re.findall(r'(?:href|src)="([^"]*)"', page.text)
    assert addresses
    assert not [address for address in addresses if "//" in address]
    assert "<script" not in page.text
    assert "style=" not in page.text
    sheet = re.search(r'rel="stylesheet" href="([^"]+)"', page.text)
    assert sheet
    style = leads.client.get(sheet[1], base_url="http://envista.example")
    assert style.mimetype == "text/css"
    style.close()


def test_nothing_that_fits_the_document_or_does_not_makes_it_fail(
    leads: Leads, engine: Engine, tmp_path: Path
) -> None:
    clinic = a_clinic(hosts=("localhost",))
    app = build_app(
        leads.settings, engine=engine, directory=a_reader(tmp_path, a_directory(clinic))
    )
    schema = schemathesis.openapi.from_wsgi("/leads/v1/openapi.json", app)
    [operation] = [found.ok() for found in schema.get_all_operations()]
    statuses = set()
    for mode in schemathesis.GenerationMode:

        @settings(
            max_examples=60,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def never_fails(case: schemathesis.Case) -> None:
            answer = case.call()
            statuses.add(answer.status_code)
            assert answer.status_code < 500, answer.text
            case.validate_response(answer, checks=[schemathesis.checks.not_a_server_error])

        never_fails()
    assert 422 in statuses


def test_the_examples_of_the_documentation_work(leads: Leads, secret: str) -> None:
    text = Path("docs/api.md").read_text(encoding="utf-8")
    examples = re.findall(r"^    (curl .*?)\n\n", text, re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        command = shlex.split(example.replace("\\\n", " "))
        headers = dict(
            command[at + 1].split(": ", 1) for at, part in enumerate(command) if part == "--header"
        )
        body = command[command.index("--data") + 1].replace("marsden", "shafter")
        if "Authorization" in headers:
            headers["Authorization"] = f"Bearer {secret}"
        answer = leads.client.post(
            command[1].replace("https://clinic.example", "http://envista.example"),
            data=body,
            headers=headers,
        )
        assert answer.status_code == 201, answer.text
