"""Whether a host's name leads to this machine, and what to do when it does not."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from supervisor.keeping.findings import of_hosts
from supervisor.keeping.names import look_up, own_addresses

ZONE = {
    "desk.clinics.example": ["203.0.113.5"],
    "old.clinics.example": ["198.51.100.7"],
    "both.clinics.example": ["203.0.113.5", "2001:db8::7"],
    "local.clinics.example": ["127.0.0.1", "::1"],
}


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """The world's names, as far as this test goes."""
    real: Callable[..., Any] = socket.getaddrinfo

    def look(host: str, port: int, **options: Any) -> Any:
        if host not in ZONE:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [found for one in ZONE[host] for found in real(one, port, **options)]

    monkeypatch.setattr("supervisor.keeping.names.socket.getaddrinfo", look)


def said(host: str, public_address: str = "203.0.113.5") -> tuple[str, str]:
    [name] = look_up([host, host], public_address=public_address)
    return name.what, name.do


def test_a_name_that_points_here_needs_nothing() -> None:
    what = "desk.clinics.example points here (203.0.113.5)"
    assert said("desk.clinics.example") == (what, "")


def test_a_name_that_points_elsewhere_says_where_and_what_to_do() -> None:
    what, do = said("old.clinics.example")
    assert what == "old.clinics.example points elsewhere (198.51.100.7)"
    assert do.startswith("change its A and AAAA records to 203.0.113.5;")
    assert "PUBLIC_ADDRESS" in do


def test_a_forgotten_aaaa_record_is_noticed() -> None:
    """Half of the patients would go astray."""
    assert "points elsewhere" in said("both.clinics.example")[0]
    assert said("both.clinics.example", "203.0.113.5, 2001:db8::7")[1] == ""


def test_a_name_that_nobody_knows_says_which_record_to_add() -> None:
    what, do = said("missing.clinics.example")
    assert what == "missing.clinics.example does not resolve"
    assert do == "add an A record for it, to 203.0.113.5"
    assert "does not resolve" in said("x" * 300 + ".example")[0]


def test_this_machine_itself_is_here() -> None:
    assert said("local.clinics.example", "")[1] == ""


def test_without_a_word_from_the_operator_the_machines_own_addresses_count() -> None:
    ours = own_addresses()
    ZONE["ours.clinics.example"] = sorted(ours) or ["127.0.0.1"]
    assert said("ours.clinics.example", "")[1] == ""


def test_the_doctor_says_the_same() -> None:
    found = of_hosts(ZONE.keys() - {"ours.clinics.example"}, public_address="203.0.113.5")
    assert {finding.what.split()[0] for finding in found} == {
        "old.clinics.example",
        "both.clinics.example",
    }
