"""The edge without TLS as it stands, then with certificates of its own authority."""

from collections.abc import Iterator

import httpx
import pytest

from tests.compose.stack import Stack
from tests.compose.test_up import CLINIC
from tests.system.running import wait_until

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]


ASK = (
    "import sys, urllib.request as u, urllib.error as e\n"
    "try: print(u.urlopen('http://content:8001/internal/ask?domain=' + sys.argv[1]).status)\n"
    "except e.HTTPError as error: print(error.code)"
)


def allowed(stack: Stack, host: str) -> bool:
    """May the edge ask for a certificate for `host`?  Asked as it does, from its container."""
    said = stack.compose("exec", "-T", "edge", "python", "-c", ASK, host)
    return said.strip() == "200"


def test_certificates_are_asked_for_listed_hosts_alone(stack: Stack) -> None:
    assert allowed(stack, CLINIC)
    for strange in ("unknown.example", "", "..", f"{CLINIC}.evil.example", "127.0.0.1"):
        assert not allowed(stack, strange), strange


def test_the_last_good_list_answers_while_what_writes_it_is_dead(stack: Stack) -> None:
    stack.compose("kill", "content-publisher", "redis")
    try:
        stack.compose("restart", "--timeout", "5", "content")
        assert wait_until(lambda: stack.is_healthy("content"), seconds=90)
        assert allowed(stack, CLINIC)
        assert not allowed(stack, "unknown.example")
    finally:
        stack.start("redis")
        stack.start("content-publisher")
    assert wait_until(lambda: stack.is_healthy("content-publisher"), seconds=90)


def test_nobody_outside_can_ask(stack: Stack) -> None:
    for host in (CLINIC, "desk.localhost", "unknown.example"):
        answer = stack.get(host, f"/internal/ask?domain={CLINIC}")
        assert answer.status_code in {404, 421}, host


def test_with_tls_off_a_known_host_is_served_over_plain_http(stack: Stack) -> None:
    """The stack of these tests stands behind nobody."""
    answer = stack.get(CLINIC, "/")
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers


@pytest.fixture(scope="module")
def https(stack: Stack) -> Iterator[Stack]:
    """The stack while its edge runs with EDGE_TLS=internal."""
    told = stack.environ
    stack.environ = told | {"EDGE_TLS": "internal"}
    stack.compose("up", "--detach", "--wait", "--no-deps", "edge")
    yield stack
    stack.environ = told
    stack.compose("up", "--detach", "--wait", "--no-deps", "edge")
    assert wait_until(lambda: stack.get(CLINIC, "/").status_code == 200, seconds=10)


def ask(stack: Stack, name: str, host: str, path: str = "/") -> httpx.Response:
    """Over HTTPS, with `name` in the handshake and `host` in the request."""
    port = stack.environ["EDGE_HTTPS_PORT"]
    with httpx.Client(verify=False, trust_env=False, timeout=10) as client:  # noqa: S501
        return client.get(
            f"https://127.0.0.1:{port}{path}",
            headers={"Host": f"{host}:{port}"},
            extensions={"sni_hostname": name},
        )


def test_a_known_host_is_served_over_https(https: Stack) -> None:
    assert wait_until(lambda: ask(https, CLINIC, CLINIC).status_code == 200, seconds=20)
    assert "default-src 'none'" in ask(https, CLINIC, CLINIC).headers["Content-Security-Policy"]


def test_the_desk_is_served_over_https(https: Stack) -> None:
    assert ask(https, "desk.localhost", "desk.localhost").status_code == 303


def test_over_http_a_known_host_is_sent_to_https(https: Stack) -> None:
    answer = https.get(CLINIC, "/contact/?from=/")
    port = https.environ["EDGE_HTTPS_PORT"]
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"https://{CLINIC}:{port}/contact/?from=/"


def test_a_name_with_a_dot_at_the_end_is_the_same_host(https: Stack) -> None:
    answer = ask(https, CLINIC, f"{CLINIC}.", "/contact/")
    assert answer.status_code == 308
    assert answer.headers["Location"].startswith(f"https://{CLINIC}:")


def test_a_strange_host_gets_no_certificate_and_no_page(https: Stack) -> None:
    with pytest.raises(httpx.ConnectError):
        ask(https, "unknown.example", "unknown.example")
    assert ask(https, CLINIC, "unknown.example").status_code == 421
    assert https.get("unknown.example", "/").status_code == 421
