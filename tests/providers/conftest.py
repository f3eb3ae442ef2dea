"""Mail servers, text servers and certificates; the notify database of its own tests."""

import ssl
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from notify.providers.accounts import SmtpAccount, TwilioAccount
from notify.providers.smtp import Smtp
from notify.providers.twilio import Twilio
from tests.notify.conftest import database_url, databases, engine  # noqa: F401 - fixtures
from tests.providers.certificates import Certificates, make
from tests.providers.smtp_sink import Sink, controller
from tests.providers.twilio_server import Ledger, serving


def an_smtp(port: int, options: str = "", *, login: str = "", host: str = "127.0.0.1") -> Smtp:
    url = f"smtp://{login}{host}:{port}/?from=alerts@clinics.example{options}"
    return Smtp(SmtpAccount.read(url))


def a_twilio(port: int, *, token: str = "secret", public_url: str = "") -> Twilio:  # noqa: S107
    url = f"twilio://ACtest:{token}@127.0.0.1:{port}/?from=+15595550142&scheme=http"
    return Twilio(TwilioAccount.read(url), public_url=public_url)


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def mail_server(sink: Sink) -> Iterator[Controller]:
    server = controller(sink)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp(mail_server: Controller) -> Iterator[Smtp]:
    adapter = an_smtp(mail_server.port)
    yield adapter
    adapter.close()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(token="secret")


@pytest.fixture
def text_server(ledger: Ledger) -> Iterator[int]:
    with serving(ledger) as port:
        yield port


@pytest.fixture
def twilio(text_server: int) -> Iterator[Twilio]:
    adapter = a_twilio(text_server)
    yield adapter
    adapter.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def server_tls(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server)
    return context


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> float:
    """The adapters' time limits, a twentieth of what they are: seconds of a whole call."""
    monkeypatch.setattr("notify.providers.smtp.SEND_S", 1.0)
    monkeypatch.setattr("notify.providers.smtp_line.COMMAND_S", 0.5)
    monkeypatch.setattr("notify.providers.smtp_line.CHECK_S", 0.2)
    monkeypatch.setattr("notify.providers.http.TOTAL_S", 1.0)
    monkeypatch.setattr("notify.providers.http.READ_S", 0.5)
    return 1.0
