"""Mail: who is trusted with the password and the message, and who is not."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from notify.providers.smtp import Smtp
from tests.providers.builders import a_message, error_of, raw_server, say
from tests.providers.certificates import Certificates
from tests.providers.conftest import an_smtp
from tests.providers.smtp_sink import Sink, controller


@contextmanager
def a_server(
    sink: Sink,
    *,
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
    login: tuple[str, str] | None = None,
) -> Iterator[int]:
    server = controller(sink, tls=tls, implicit=implicit, login=login)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # the server's
@pytest.mark.parametrize("mode", ["starttls", "implicit"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_trusted_server_gets_the_password_and_the_message(
    sink: Sink, server_tls: ssl.SSLContext, certificates: Certificates, mode: str, host: str
) -> None:
    login = ("ana", "hush")
    with a_server(sink, tls=server_tls, implicit=mode == "implicit", login=login) as port:
        adapter = an_smtp(port, f"&tls={mode}&ca={certificates.ca}", login="ana:hush@", host=host)
        adapter.send(a_message())
        adapter.send(a_message())
        adapter.close()
    assert (len(sink.taken), len(sink.connections)) == (2, 1)


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
def test_a_certificate_of_an_unknown_authority_gets_nothing(
    sink: Sink, server_tls: ssl.SSLContext, mode: str
) -> None:
    with a_server(sink, tls=server_tls, implicit=mode == "implicit") as port:
        error = error_of(an_smtp(port, f"&tls={mode}"))
    assert error.reason == "configuration: mail server's certificate is not trusted"
    assert (error.permanent, error.unknown, sink.taken) == (False, False, [])


def test_a_certificate_for_another_name_gets_nothing(
    sink: Sink, server_tls: ssl.SSLContext, certificates: Certificates
) -> None:
    with a_server(sink, tls=server_tls) as port:
        options = f"&tls=starttls&ca={certificates.ca}"
        error = error_of(an_smtp(port, options, host="127.0.0.2"))
    assert (error.permanent, error.unknown, sink.taken) == (False, False, [])


def test_a_wrong_password_is_a_fault_of_the_configuration(
    sink: Sink, server_tls: ssl.SSLContext, certificates: Certificates
) -> None:
    with a_server(sink, tls=server_tls, login=("ana", "hush")) as port:
        options = f"&tls=starttls&ca={certificates.ca}"
        error = error_of(an_smtp(port, options, login="ana:wrong@"))
    assert error.reason == "configuration: sign-in was refused (535)"
    assert (error.permanent, error.unknown) == (False, False)


def test_a_server_without_starttls_gets_no_plain_text(smtp: Smtp, sink: Sink) -> None:
    port = smtp._account.port
    error = error_of(an_smtp(port, "&tls=starttls"))
    assert error.reason == "configuration: mail server offers no STARTTLS"
    assert sink.taken == []


def test_a_server_without_sign_in_says_so(smtp: Smtp, sink: Sink) -> None:
    error = error_of(an_smtp(smtp._account.port, "&tls=none", login="ana:hush@"))
    assert error.reason == "configuration: mail server offers no sign-in"
    assert (error.permanent, sink.taken) == (False, [])


def test_words_injected_before_tls_are_noticed(certificates: Certificates) -> None:
    """A third party writes an answer right behind the server's "220 go ahead"."""
    lines = (b"220 hello\r\n", b"250-hello\r\n250 STARTTLS\r\n", b"220 go\r\n250 injected\r\n")
    with raw_server(say(*lines, close=False)) as port:
        error = error_of(an_smtp(port, f"&tls=starttls&ca={certificates.ca}"))
    assert error.reason == "mail server talks before TLS is there"
