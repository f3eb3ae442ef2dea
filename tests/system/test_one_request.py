"""One request on its way through a running copy, and what strangers get."""

import socket

import pytest

from tests.builders import a_form
from tests.system.running import Copy, reference, wait_until

CLINIC = "foothill.localhost"


def test_a_request_becomes_an_alert_for_the_right_location(copy: Copy) -> None:
    page = copy.get(CLINIC, "/locations/")
    assert page.status_code == 200
    for slug in locations(copy):
        told = reference(copy.post(CLINIC, a_form(location=slug, message=f"for {slug}")))
        assert wait_until(lambda told=told: told in copy.alerted(), seconds=10)
        texts = [str(m["text"]) for m in copy.messages() if told in m["leads"]]
        name = location_name(copy, slug)
        assert texts
        assert all(name in text for text in texts)


def test_an_alert_says_nothing_that_the_patient_said(copy: Copy) -> None:
    fields = a_form(location=locations(copy)[0], name="Canary Name", message="canary sentence")
    told = reference(copy.post(CLINIC, fields))
    assert wait_until(lambda: told in copy.alerted(), seconds=10)
    about_it = [message for message in copy.messages() if told in message["leads"]]
    assert about_it
    assert "canary" not in str(about_it).lower()


def test_s3_1_the_thank_you_page_shows_the_reference_and_what_happens_next(copy: Copy) -> None:
    answer = copy.post(CLINIC, a_form(location=locations(copy)[0], message="thanks"))
    page = copy.get(CLINIC, answer.headers["Location"])
    told = reference(answer)
    assert f"{told[:4]} {told[4:]}" in page.text
    assert "not a booked appointment" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def locations(copy: Copy) -> list[str]:
    """The clinic's location slugs, from its own sitemap."""
    sitemap = copy.get(CLINIC, "/sitemap.xml").text
    found = {
        part.split("/locations/")[1].split("/")[0]
        for part in sitemap.split("<loc>")
        if "/locations/" in part
    }
    return sorted(found - {"", "<"})


def location_name(copy: Copy, slug: str) -> str:
    page = copy.get(CLINIC, f"/locations/{slug}/").text
    return page.split("<h1")[1].split(">", 1)[1].split("<")[0].strip()


def raw_status(copy: Copy, host: str, path: str = "/") -> tuple[int, bytes]:
    """What the edge answers to a Host header that no HTTP library would send."""
    with socket.create_connection(("127.0.0.1", copy.port), timeout=5) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        )
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return int(answer.split()[1]), answer


@pytest.mark.parametrize(
    "host",
    [
        "..",
        ".",
        "../foothill.localhost",
        "unknown.example",
        "UNKNOWN.example.",
        "foothill",
        "current",
        "hosts",
        "foothill.localhost.evil.example",
        "127.0.0.1",
        "xn--",
    ],
)
def test_a_strange_host_gets_421_and_no_clinics_name(copy: Copy, host: str) -> None:
    status, answer = raw_status(copy, host)
    assert status in {400, 421}
    assert b"oothill" not in answer


@pytest.mark.parametrize(
    "host", ["FOOTHILL.localhost", "foothill.localhost.", "Foothill.Localhost.:80"]
)
def test_a_known_host_is_served_in_every_spelling(copy: Copy, host: str) -> None:
    assert raw_status(copy, host)[0] == 200


@pytest.mark.parametrize("path", ["/_forms/contact.html", "/_forms/", "/_errors/404.html"])
def test_templates_are_not_pages(copy: Copy, path: str) -> None:
    assert copy.get(CLINIC, path).status_code == 404


def test_a_body_over_64_kib_is_413_in_the_brand(copy: Copy) -> None:
    answer = copy.post(CLINIC, a_form(message="x" * 70_000))
    assert answer.status_code == 413
    assert "not sent" in answer.text.lower()
    assert "tel:+1" in answer.text


def test_mistakes_come_back_in_the_brand(copy: Copy) -> None:
    answer = copy.post(CLINIC, a_form(name="", location=locations(copy)[0], message="kept <&>"))
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert "kept &lt;&amp;&gt;" in answer.text
    assert "Enter your full name" in answer.text


def test_an_unknown_kind_or_location_is_said_in_words(copy: Copy) -> None:
    assert copy.post(CLINIC, a_form(kind="order")).status_code == 422
    answer = copy.post(CLINIC, a_form(location="atlantis"))
    assert answer.status_code == 422
    assert "Choose one of our locations" in answer.text


def test_every_answer_has_the_security_headers(copy: Copy) -> None:
    for host, path in (
        (CLINIC, "/"),
        (CLINIC, "/nowhere/"),
        (CLINIC, "/thanks/"),
        ("unknown.example", "/"),
    ):
        headers = copy.get(host, path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in headers
        assert "Set-Cookie" not in headers


def test_the_health_of_all_is_told_on_any_host(copy: Copy) -> None:
    assert wait_until(
        lambda: copy.get("whatever.example", "/healthz").json() == {"status": "ok"}, seconds=20
    )
