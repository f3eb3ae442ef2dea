"""Provider URLs: what is meant is understood, what is wrong is said without its password."""

from pathlib import Path

import pytest

from contract.env import SettingsError
from notify.providers import UnusableProvider
from notify.providers.accounts import SmtpAccount, TwilioAccount
from notify.settings import Settings
from tests.notify.builders import an_environment
from tests.providers.certificates import Certificates

SMTP = "smtp://{}/?from=alerts@clinics.example{}"
TWILIO = "twilio://AC0123456789abcdef0123456789abcdef:hush@{}/?{}"


def test_a_mail_account_is_read() -> None:
    account = SmtpAccount.read(
        "smtp://ana%40clinics.example:p%2Fw%40d%3A,%25@mail.clinics.example:2525/"
        "?tls=implicit&from=alerts%2Btest@clinics.example"
    )
    assert (account.host, account.port, account.tls) == ("mail.clinics.example", 2525, "implicit")
    assert (account.user, account.password) == ("ana@clinics.example", "p/w@d:,%")
    assert account.sender == "alerts+test@clinics.example"
    assert "p/w" not in repr(account)


@pytest.mark.parametrize(
    ("url", "tls", "port"),
    [
        (SMTP.format("mail.clinics.example", ""), "starttls", 587),
        (SMTP.format("mail.clinics.example", "&tls=implicit"), "implicit", 465),
        (SMTP.format("mail.clinics.example:25", "&tls=none"), "none", 25),
        (SMTP.format("127.0.0.1:2525", ""), "none", 2525),
        (SMTP.format("[::1]:2525", ""), "none", 2525),
    ],
)
def test_what_is_not_said_is_safe(url: str, tls: str, port: int) -> None:
    account = SmtpAccount.read(url)
    assert (account.tls, account.port) == (tls, port)


def test_a_text_account_is_read() -> None:
    account = TwilioAccount.read("twilio://AC12:hu%2Fsh@/?from=+15595550142")
    assert (account.sid, account.token, account.sender) == ("AC12", "hu/sh", "+15595550142")
    assert account.base_url == "https://api.twilio.com"
    assert "hu/sh" not in repr(account)


@pytest.mark.parametrize(
    ("url", "base_url", "sender"),
    [
        (
            TWILIO.format("127.0.0.1:4010", "from=+15595550142&scheme=http"),
            "http://127.0.0.1:4010",
            "+15595550142",
        ),
        (
            TWILIO.format("localhost:4010", "from=%2B15595550142&scheme=http"),
            "http://localhost:4010",
            "+15595550142",
        ),
        (TWILIO.format("[::1]:4010", "from=55501&scheme=http"), "http://[::1]:4010", "55501"),
        (
            TWILIO.format("texts.example", "from=MG0123456789abcdef0123456789abcdef"),
            "https://texts.example",
            "MG0123456789abcdef0123456789abcdef",
        ),
    ],
)
def test_another_host_may_speak_as_twilio_does(url: str, base_url: str, sender: str) -> None:
    account = TwilioAccount.read(url)
    assert (account.base_url, account.sender) == (base_url, sender)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("smtp:///?from=a@b.example", "has no host"),
        (SMTP.format("mail example:25", ""), "no name and no IP"),
        (SMTP.format("mail.example:99999", ""), "bad port"),
        (SMTP.format("mail.example:0", ""), "bad port"),
        (SMTP.format("mail.example:smtp", ""), "bad port"),
        (SMTP.format("ana:hu/sh@mail.example", ""), "bad port|something after the host"),
        (SMTP.format("ana:hush@mail.example", "&tls=none"), "password is not sent without TLS"),
        (SMTP.format("ana@mail.example", ""), "both user and password"),
        (SMTP.format("ana:h%C3%BCsh@mail.example", ""), "plain ASCII"),
        (SMTP.format("ana:hush%0d%0a@mail.example", ""), "plain ASCII"),
        (SMTP.format("mail.example", "&tls=ssl"), "tls must be none, starttls or implicit"),
        (SMTP.format("mail.example", "&tsl=none"), "unknown option 'tsl'"),
        (SMTP.format("mail.example", "&from=b@c.example"), "'from' twice"),
        (SMTP.format("mail.example", "&ca=/nowhere/ca.pem"), "ca=/nowhere/ca.pem: No such file"),
        (SMTP.format("[::1", ""), "is no URL"),
        ("smtp://mail.example/", "has no sender"),
        ("smtp://mail.example/?from=alerts", "from must be a mail address"),
        ("smtp://mail.example/?from=a@b.example%0d%0aBcc:x@y.example", "from must be a mail"),
        ("smtp://mail.example/inbox?from=a@b.example", "something after the host"),
    ],
)
def test_a_mistake_in_a_mail_url_is_said(url: str, words: str) -> None:
    with pytest.raises(UnusableProvider, match=words) as raised:
        SmtpAccount.read(url)
    assert "hu" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (TWILIO.format("", ""), "has no sender"),
        (TWILIO.format("", "from=clinic"), "is no number such as"),
        (TWILIO.format("", "from=+1559555014"), "is no number such as"),
        (TWILIO.format("", "from=15595550142"), "is no number such as"),
        (TWILIO.format("", "from=+0595550142"), "is no number such as"),
        (TWILIO.format("", "from=+15595550142&scheme=ftp"), "scheme must be https or http"),
        (TWILIO.format("", "from=+15595550142&scheme=http"), "only for this machine"),
        (TWILIO.format("10.0.0.7", "from=+15595550142&scheme=http"), "only for this machine"),
        (TWILIO.format("127.0.0.1:x", "from=+15595550142&scheme=http"), "bad port"),
        ("twilio://me:hush@/?from=+15595550142", "needs an account SID"),
        ("twilio://AC12@/?from=+15595550142", "both user and password"),
        ("twilio:///?from=+15595550142", "needs an account SID"),
    ],
)
def test_a_mistake_in_a_text_url_is_said(url: str, words: str) -> None:
    with pytest.raises(UnusableProvider, match=words) as raised:
        TwilioAccount.read(url)
    assert "hush" not in str(raised.value)


def test_a_file_without_a_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(UnusableProvider, match=r"ca=.*ca.pem: "):
        SmtpAccount.read(SMTP.format("mail.example", f"&ca={tmp_path}/ca.pem"))


def test_a_private_authority_may_be_trusted(certificates: Certificates) -> None:
    account = SmtpAccount.read(SMTP.format("mail.example", f"&ca={certificates.ca}"))
    assert account.ca == str(certificates.ca)


def test_mistakes_stop_notify_at_start_with_all_of_them(tmp_path: Path) -> None:
    environ = an_environment(
        tmp_path,
        NOTIFY_EMAIL_PROVIDERS="capture://,smtp://ana:hush@mail.example:25/?tls=no&from=a@b.example,smtp:///",
        NOTIFY_SMS_PROVIDERS="twilio://AC1:hush@/?from=clinic",
        NOTIFY_PUBLIC_URL="desk.example",
    )
    with pytest.raises(SettingsError) as raised:
        Settings.from_env(environ)
    text = str(raised.value)
    assert "NOTIFY_EMAIL_PROVIDERS: entry 2: smtp:// tls must be" in text
    assert "NOTIFY_EMAIL_PROVIDERS: entry 3: smtp:// has no host" in text
    assert "NOTIFY_SMS_PROVIDERS: entry 1: twilio:// from='clinic' is no number" in text
    assert "NOTIFY_PUBLIC_URL: must be a URL" in text
    assert "hush" not in text


def test_the_same_account_twice_is_said(tmp_path: Path) -> None:
    url = SMTP.format("mail.example", "")
    environ = an_environment(tmp_path, NOTIFY_EMAIL_PROVIDERS=f"{url}, {url}")
    with pytest.raises(SettingsError, match="entry 2: is the same as entry 1"):
        Settings.from_env(environ)


def test_provider_urls_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text(SMTP.format("ana:hush@mail.example", "") + "\n")
    environ = an_environment(
        tmp_path, NOTIFY_EMAIL_PROVIDERS="", NOTIFY_EMAIL_PROVIDERS_FILE=f"{tmp_path}/mail"
    )
    settings = Settings.from_env(environ)
    assert [url.scheme for url in settings.email_providers] == ["smtp"]


def test_settings_do_not_show_a_password_when_printed(tmp_path: Path) -> None:
    url = SMTP.format("ana:hush@mail.example", "")
    settings = Settings.from_env(an_environment(tmp_path, NOTIFY_EMAIL_PROVIDERS=url))
    assert "hush" not in repr(settings.email_providers)
