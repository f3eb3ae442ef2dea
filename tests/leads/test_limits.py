"""A flood is told to wait; people who share an address are not."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from leads.app import build_app
from tests.builders import a_clinic, a_directory, a_form
from tests.leads.conftest import Leads, a_reader
from tests.leads.test_accept import rows

STRANGER, OTHER = "8.8.8.8", "9.9.9.9"


@pytest.fixture
def limited(leads: Leads, engine: Engine, tmp_path: Path) -> FlaskClient:
    """At most 3 a minute from one address and 5 for one clinic."""
    app = build_app(
        replace(leads.settings, rate_per_address=3, rate_per_clinic=5),
        engine=engine,
        directory=a_reader(tmp_path, a_directory(a_clinic(), a_clinic("kosak"))),
    )
    return app.test_client()


def send(client: FlaskClient, words: str, *, by: str, host: str = "envista.example", **more: str):
    return client.post(
        "/leads/requests",
        data=a_form(message=words),
        base_url=f"http://{host}",
        headers={"X-Real-IP": by, **more},
    )


def test_an_address_that_sends_too_much_is_told_to_wait_and_keeps_its_words(
    limited: FlaskClient, leads: Leads
) -> None:
    for number in range(3):
        assert send(limited, f"few {number}", by=STRANGER).status_code == 303
    answer = send(limited, "one too many", by=STRANGER)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "not sent" in answer.text
    assert "one too many" in answer.text
    assert rows(leads, "one too many") == []
    assert send(limited, "somebody else", by=OTHER).status_code == 303


@pytest.mark.parametrize("shared", ["10.0.0.7", "172.18.0.1", "100.64.3.4", "127.0.0.1", "fd00::1"])
def test_a_private_or_gateway_address_is_never_limited_as_one(
    limited: FlaskClient, shared: str
) -> None:
    answers = [send(limited, f"via {shared} {n}", by=shared).status_code for n in range(5)]
    assert answers == [303] * 5


def test_one_ipv6_connection_is_one_sender(limited: FlaskClient) -> None:
    answers = [
        send(limited, f"six {n}", by=f"2606:4700:4700:1{n:03}::{n + 1}").status_code
        for n in range(4)
    ]
    assert answers == [303] * 3 + [429]


def test_one_clinics_flood_leaves_another_alone(limited: FlaskClient) -> None:
    answers = [send(limited, f"flood {n}", by=f"8.8.4.{n}").status_code for n in range(8)]
    assert answers == [303] * 5 + [429] * 3
    assert send(limited, "calm", by="8.8.5.1", host="kosak.example").status_code == 303


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Client-IP", "True-Client-IP"]
)
def test_what_a_client_says_of_its_own_address_is_not_believed(
    limited: FlaskClient, header: str
) -> None:
    answers = [
        send(limited, f"lies {header} {n}", by=STRANGER, **{header: f"7.7.7.{n}"}).status_code
        for n in range(4)
    ]
    assert answers[-1] == 429


def test_the_edges_header_is_not_believed_from_the_open_net(limited: FlaskClient) -> None:
    answers = [
        limited.post(
            "/leads/requests",
            data=a_form(message=f"direct {n}"),
            base_url="http://envista.example",
            headers={"X-Real-IP": f"7.7.7.{n}"},
            environ_base={"REMOTE_ADDR": STRANGER},
        ).status_code
        for n in range(4)
    ]
    assert answers[-1] == 429
