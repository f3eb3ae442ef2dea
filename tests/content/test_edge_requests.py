"""The edge between a patient and leads: what passes, what is refused, what the log keeps."""

import socket

import pytest

from tests.content.edge import Answer, Edge

pytestmark = pytest.mark.integration


def test_while_leads_is_dead_the_patient_is_told_what_to_do(edge: Edge) -> None:
    answer = edge.ask("north.example", "/leads/requests", method="POST", body=b"name=x")
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "your words are still there" in answer.text
    assert "tel:+15595550101" in answer.text


@pytest.mark.usefixtures("leads")
def test_a_body_over_64_kib_is_refused_in_the_brand(edge: Edge) -> None:
    def send(size: int) -> Answer:
        return edge.ask("north.example", "/leads/requests", method="POST", body=b"a" * size)

    assert send(65_536).text.startswith("65536 ")
    for size in (65_537, 3_000_000):
        answer = send(size)
        assert answer.status == 413
        assert "your words are still there" in answer.text


@pytest.mark.parametrize("path", ["/account/profile", "/alerts/twilio/status"])
def test_what_is_too_large_for_the_desk_is_not_called_an_outage(edge: Edge, path: str) -> None:
    answer = edge.ask("desk.localhost", path, method="POST", body=b"a" * 65_537)
    assert answer.status == 413
    assert "<h1>That is more than this form takes</h1>" in answer.text
    assert "No se cambió nada" in answer.text


@pytest.mark.usefixtures("leads")
def test_a_body_without_a_length_is_cut_off_at_64_kib(edge: Edge) -> None:
    head = (
        "POST /leads/requests HTTP/1.1\r\nHost: north.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = f"{70_000:x}\r\n{'a' * 70_000}\r\n0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", edge.port), timeout=10) as connection:
        connection.sendall((head + chunk).encode())
        assert connection.recv(12) == b"HTTP/1.1 413"


@pytest.mark.parametrize(
    ("path", "language"), [("/es/nowhere/", "es"), ("/nowhere/", "en"), ("/fr/nowhere/", "en")]
)
def test_a_404_is_in_the_language_of_its_address(edge: Edge, path: str, language: str) -> None:
    answer = edge.ask("north.example", path)
    assert answer.status == 404
    assert f'<html lang="{language}">' in answer.text


@pytest.mark.parametrize(
    ("path", "language"), [("/es/contact/", "es"), ("/contact/", "en"), ("/../es/", "en")]
)
def test_a_request_that_is_refused_is_told_so_in_the_language_of_its_form(
    edge: Edge, path: str, language: str
) -> None:
    referer = {"Referer": f"https://north.example{path}"}
    for body, status in ((b"name=x", 503), (b"a" * 70_000, 413)):
        answer = edge.ask(
            "north.example", "/leads/requests", method="POST", body=body, headers=referer
        )
        assert answer.status == status
        assert f'<html lang="{language}">' in answer.text


@pytest.mark.usefixtures("leads")
@pytest.mark.parametrize("status", [422, 429, 503])
def test_what_leads_itself_answers_passes_through(edge: Edge, status: int) -> None:
    answer = edge.ask("north.example", f"/leads/requests?{status}", method="POST", body=b"a=b")
    assert answer.status == status
    assert answer.text.startswith("3 ")


@pytest.mark.usefixtures("leads")
def test_addresses_that_a_client_claims_are_not_believed(edge: Edge) -> None:
    claimed = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9"}
    answer = edge.ask("north.example", "/leads/requests", method="POST", body=b"", headers=claimed)
    assert answer.text == "0 127.0.0.1 127.0.0.1"


def test_without_content_health_is_answered_by_the_edge_on_any_host(edge: Edge) -> None:
    for host in ("north.example", "other.example", ".."):
        answer = edge.ask(host, "/healthz")
        assert (answer.status, answer.text) == (503, '{"status":"unavailable"}')


def test_the_log_keeps_no_query_header_or_full_address(edge: Edge) -> None:
    edge.ask("north.example", "/thanks/?ref=SECRET77&t=SECRET88", headers={"Cookie": "SECRET99"})
    log = edge.log.read_text()
    assert "/thanks/" in log
    assert "SECRET" not in log
    assert '"127.0.0.1"' not in log
