"""A connection to a mail server that costs a bounded time and memory, whoever answers.

SMTPException, OSError      the connection is of no use any more
ProviderError               the server is there but will not have us
"""

import contextlib
import select
import smtplib
import socket
import ssl

from notify.providers import ProviderError
from notify.providers.accounts import IMPLICIT, STARTTLS, SmtpAccount
from notify.providers.budget import Budget
from notify.providers.smtp_answers import CLOSING, Step, refusal

CONNECT_S = 3.0
COMMAND_S = 10.0
CHECK_S = 1.0
LOST = "connection to the mail server was lost"
READY, GO_ON = 220, 354
OK = range(200, 300)


class NotBegun(ProviderError):  # noqa: N818 - where it ended
    """The connection ended before the server heard of the message: another may be tried at once."""


class Line(smtplib.SMTP):
    """An SMTP client that reads and writes within `budget`; a new one for each message."""

    def __init__(self, plain: socket.socket, budget: Budget, *, name: str) -> None:
        super().__init__(local_hostname=name)
        self.sock = plain
        self.budget = budget
        self.patience_s = COMMAND_S

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = _Answers(self)
        return super().getreply()

    def send(self, s: bytes | str) -> None:  # type: ignore[override]
        if self.sock is not None:
            self.sock.settimeout(self._seconds())
        super().send(s)

    def receive(self) -> bytes:
        """b"" when the server has closed.  Raises OSError."""
        if self.sock is None:
            return b""
        self.sock.settimeout(self._seconds())
        chunk = self.sock.recv(4096)
        self.budget.take(len(chunk))
        return chunk

    def ask(self, step: Step, command: str, *, wanted: range) -> None:
        """Say `command`; an answer outside `wanted` is a ProviderError."""
        code, text = self.docmd(command)
        self.judge(step, code, text, wanted=wanted)

    def begin(self, sender: str) -> None:
        """MAIL.  Raises NotBegun when the server closes, or says that it does."""
        try:
            self.ask(Step.SENDER, f"MAIL FROM:<{sender}>", wanted=OK)
        except (smtplib.SMTPServerDisconnected, ConnectionError) as error:
            self.close()
            if _is_late(error):
                raise
            raise NotBegun(LOST) from error
        except ProviderError as refused:
            if self.sock is None:
                raise NotBegun(refused.reason) from refused
            raise

    def judge(self, step: Step, code: int, text: bytes, *, wanted: range) -> None:
        if code in wanted:
            return
        error = refusal(step, code, text)
        if code == CLOSING or not 400 <= code <= 599:  # noqa: PLR2004 - an orderly no
            self.close()
        raise error

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """STARTTLS.  Never goes on in plain text when it is refused."""
        code, _ = self.docmd("STARTTLS") if self.has_extn("starttls") else (-1, b"")
        if code != READY:
            raise ProviderError("configuration: mail server offers no STARTTLS")
        if isinstance(self.file, _Answers) and self.file.rest:
            raise ProviderError("mail server talks before TLS is there")  # injected by a third
        assert self.sock is not None  # noqa: S101 - it has just answered
        self.sock = _wrapped(self.sock, context, host, self.budget)
        self.file = None
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def is_well(self) -> bool:
        """The server still listens, and knows that a new message begins."""
        self.patience_s = CHECK_S
        try:
            return self.rset()[0] in OK
        except (smtplib.SMTPException, OSError):
            return False
        finally:
            self.patience_s = COMMAND_S

    def is_quiet(self) -> bool:
        """The server has said nothing since, neither goodbye nor by closing."""
        if self.sock is None or (isinstance(self.file, _Answers) and self.file.rest):
            return False
        return not select.select([self.sock], [], [], 0)[0]

    def leave(self) -> None:
        """Say goodbye without waiting for an answer."""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self.putcmd("quit")
        self.close()

    def _seconds(self) -> float:
        return self.budget.seconds(self.patience_s)


class _Answers:
    """What `smtplib` reads lines from."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.rest = b""

    def readline(self, limit: int) -> bytes:
        """Up to `limit` bytes, less at the end of a line or of the connection."""
        while b"\n" not in self.rest and len(self.rest) < limit:
            chunk = self._line.receive()
            if not chunk:
                break
            self.rest += chunk
        end = self.rest.find(b"\n") + 1 or len(self.rest)
        line, self.rest = self.rest[: min(end, limit)], self.rest[min(end, limit) :]
        return line

    def close(self) -> None:
        self.rest = b""


def connect(account: SmtpAccount, context: ssl.SSLContext, budget: Budget) -> Line:
    """A line that is ready for MAIL.  Raises ProviderError, never a permanent one."""
    try:
        line = _call(account, context, budget)
    except OSError as error:
        raise _failure(error) from error
    try:
        _introduce(line, account, context)
    except (smtplib.SMTPException, OSError, ValueError) as error:  # ValueError: a bad challenge
        line.close()
        raise _failure(error) from error
    except BaseException:
        line.close()
        raise
    return line


def _failure(error: Exception) -> ProviderError:
    """Why there is no line."""
    match error:
        case ssl.SSLCertVerificationError():
            return ProviderError("configuration: mail server's certificate is not trusted")
        case ssl.SSLError():
            return ProviderError("configuration: TLS with the mail server failed")
        case socket.gaierror():
            return ProviderError("mail server's name is not known")
        case ConnectionRefusedError():
            return ProviderError("mail server refuses the connection")
        case ValueError():
            return ProviderError("answer is not SMTP")
        case _:
            return lost(error)


def lost(error: Exception) -> ProviderError:
    """A connection that ended before the message was handed over."""
    if _is_late(error):
        return ProviderError("mail server does not answer")
    if isinstance(error, smtplib.SMTPResponseException):  # a line that does not end
        return ProviderError("answer is not SMTP")
    return ProviderError(LOST)


def _is_late(error: Exception) -> bool:
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _call(account: SmtpAccount, context: ssl.SSLContext, budget: Budget) -> Line:
    patience_s = budget.seconds(CONNECT_S)
    plain = socket.create_connection((account.host, account.port), timeout=patience_s)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if account.tls == IMPLICIT:
            plain = _wrapped(plain, context, account.host, budget)
    except BaseException:
        plain.close()
        raise
    return Line(plain, budget, name=account.sender.partition("@")[2])


def _wrapped(
    plain: socket.socket, context: ssl.SSLContext, host: str, budget: Budget
) -> ssl.SSLSocket:
    plain.settimeout(budget.seconds(COMMAND_S))  # for the whole handshake
    return context.wrap_socket(plain, server_hostname=host)


def _introduce(line: Line, account: SmtpAccount, context: ssl.SSLContext) -> None:
    """Greeting, EHLO, TLS, sign-in."""
    code, text = line.getreply()
    line.judge(Step.GREETING, code, text, wanted=range(READY, READY + 1))
    _hello(line)
    if account.tls == STARTTLS:
        line.secure(context, account.host)
        _hello(line)
    if account.user:
        try:
            line.login(account.user, account.password)
        except smtplib.SMTPAuthenticationError as error:
            raise ProviderError(
                f"configuration: sign-in was refused ({error.smtp_code})"
            ) from error
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException as error:
            raise ProviderError("configuration: mail server offers no sign-in") from error


def _hello(line: Line) -> None:
    code, text = line.ehlo()
    if code not in OK and line.sock is not None:
        code, text = line.helo()
    line.judge(Step.GREETING, code, text, wanted=OK)
