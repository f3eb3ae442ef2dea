"""Provider URLs, read strictly: where to send, as whom, and how safely.

    smtp://[user:password@]host:port/?tls=none|starttls|implicit&from=address[&ca=file]
    twilio://ACCOUNT_SID:AUTH_TOKEN@[host[:port]]/?from=+1…|MG…[&scheme=https|http]

User, password and values may be percent-encoded.  A "+" is a plus.  Raises UnusableProvider in
words that never repeat a user, a password or a token.
"""

import re
import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

from notify.providers import ProviderUrl, UnusableProvider

LOCAL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
# what goes into headers and SMTP commands as it is: plain ASCII, no quotes, no spaces
ADDRESS = re.compile(rf"{LOCAL}@{LABEL}(\.{LABEL})*")
PUBLIC_ADDRESS = re.compile(rf"{LOCAL}@{LABEL}(\.{LABEL})+")
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+")
# a number with country code (the US and Canada have ten digits), or a short code
NUMBER = re.compile(r"\+1[0-9]{10}|\+[2-9][0-9]{7,14}|[0-9]{5,6}")
MESSAGING_SERVICE = re.compile(r"MG[0-9A-Za-z]+")
ACCOUNT_SID = re.compile(r"AC\w+", re.ASCII)

NONE, STARTTLS, IMPLICIT = "none", "starttls", "implicit"
USUAL_PORT = {NONE: 25, STARTTLS: 587, IMPLICIT: 465}
TWILIO_HOST = "api.twilio.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAccount:
    host: str
    port: int
    tls: str  # none, starttls or implicit
    user: str = ""  # "": no sign-in
    password: str = field(default="", repr=False)
    sender: str  # From and envelope sender
    ca: str = ""  # file of certificates to trust instead of the system's

    @classmethod
    def read(cls, url: str) -> Self:
        parts = _split(url)
        options = _options(parts, {"tls", "from", "ca"})
        host = _host(parts) or _refuse("has no host: write smtp://host:port/?from=…")
        user, password = _credentials(parts)
        tls = options.get("tls") or (NONE if is_loopback(host) else STARTTLS)
        if tls not in USUAL_PORT:
            _refuse("tls must be none, starttls or implicit")
        if user and tls == NONE and not is_loopback(host):
            _refuse("a password is not sent without TLS: use tls=starttls or tls=implicit")
        return cls(
            host=host,
            port=_port(parts) or USUAL_PORT[tls],
            tls=tls,
            user=user,
            password=password,
            sender=_sender_address(options),
            ca=_certificates(options.get("ca", "")),
        )

    @property
    def name(self) -> str:
        return f"smtp:{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    sid: str
    token: str = field(repr=False)
    base_url: str  # scheme://host[:port]
    sender: str  # a number, or a messaging service MG…

    @classmethod
    def read(cls, url: str) -> Self:
        parts = _split(url)
        options = _options(parts, {"from", "scheme"})
        host = _host(parts) or TWILIO_HOST
        sid, token = _credentials(parts)
        if not ACCOUNT_SID.fullmatch(sid) or not token:
            _refuse("needs an account SID (AC…) and its auth token: twilio://AC…:token@/?from=…")
        scheme = options.get("scheme", "https")
        if scheme not in {"https", "http"}:
            _refuse("scheme must be https or http")
        if scheme == "http" and not is_loopback(host):
            _refuse("scheme=http is only for this machine (127.0.0.1): use https")
        sender = options.get("from") or _refuse("has no sender: add from=+1… or from=MG…")
        if not is_text_sender(sender):
            _refuse(f"from={sender!r} is no number such as +15595550142 and no service MG…")
        port = _port(parts)
        address = f"[{host}]" if ":" in host else host
        return cls(
            sid=sid,
            token=token,
            base_url=f"{scheme}://{address}{f':{port}' if port else ''}",
            sender=sender,
        )

    @property
    def name(self) -> str:
        return f"twilio:{self.sid[-6:]}:{self.sender[-4:]}"


def problems(urls: tuple[ProviderUrl, ...]) -> list[str]:
    """What is wrong with each entry that cannot be used, in words."""
    found: list[str] = []
    known: dict[str, int] = {}
    for number, entry in enumerate(urls, start=1):
        try:
            name = _name(entry)
        except UnusableProvider as error:
            found.append(f"entry {number}: {entry.scheme}:// {error}")
            continue
        if name in known:
            found.append(f"entry {number}: is the same as entry {known[name]}")
        known[name] = number
    return found


def is_loopback(host: str) -> bool:
    """It names this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_address(text: str) -> bool:
    """A mail address that can stand in a header and in SMTP commands as it is."""
    return len(text) <= 254 and ADDRESS.fullmatch(text) is not None  # noqa: PLR2004 - RFC 5321


def is_text_sender(text: str) -> bool:
    """A number or a messaging service that texts can come from."""
    return bool(NUMBER.fullmatch(text) or MESSAGING_SERVICE.fullmatch(text))


def _name(entry: ProviderUrl) -> str:
    match entry.scheme:
        case "smtp":
            return SmtpAccount.read(entry.url).name
        case "twilio":
            return TwilioAccount.read(entry.url).name
        case _:
            return entry.scheme


def _refuse(problem: str) -> str:
    raise UnusableProvider(problem)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:  # says what it read, so it is not repeated
        raise UnusableProvider("is no URL: check brackets in the host") from None
    if parts.path not in {"", "/"} or parts.fragment:
        _refuse("has something after the host: percent-encode / ? # @ : in user and password")
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if host and not HOST.fullmatch(host):
        _refuse("has a host that is no name and no IP address")
    return host


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:  # says what it read: maybe a password with a "/" in it
        raise UnusableProvider("has a bad port: it must be a number from 1 to 65535") from None
    if port == 0:
        _refuse("has a bad port: it must be a number from 1 to 65535")
    return port


def _credentials(parts: SplitResult) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        _refuse("needs both user and password, or neither")
    if not (user + password).isascii() or not (user + password).isprintable():
        _refuse("user and password must be plain ASCII characters")
    return user, password


def _options(parts: SplitResult, known: set[str]) -> dict[str, str]:
    """The query by name.  Not `parse_qsl`: there the plus of a number becomes a space."""
    options: dict[str, str] = {}
    for pair in filter(None, parts.query.split("&")):
        name, _, value = pair.partition("=")
        if name not in known:
            _refuse(f"has an unknown option {name[:20]!r} (known: {', '.join(sorted(known))})")
        if name in options:
            _refuse(f"has the option {name!r} twice")
        options[name] = unquote(value).strip()
    return options


def _sender_address(options: dict[str, str]) -> str:
    sender = options.get("from") or _refuse("has no sender: add from=alerts@your-domain")
    if not is_address(sender):
        _refuse("from must be a mail address such as alerts@clinics.example")
    return sender


def _certificates(path: str) -> str:
    if path:
        try:
            ssl.create_default_context(cafile=path)
        except OSError as error:  # ssl.SSLError is one
            reason = error.strerror or "holds no certificate"
            raise UnusableProvider(f"ca={path}: {reason}") from None
    return path
