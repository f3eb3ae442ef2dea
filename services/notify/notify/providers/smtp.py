"""smtp:// hands messages to a mail server, over one connection that is kept between them."""

import os
import re
import smtplib
import ssl
import threading
import time
from dataclasses import dataclass

from notify.providers import Accepted, Outgoing, ProviderError
from notify.providers.accounts import SmtpAccount
from notify.providers.budget import Budget
from notify.providers.mail import Letter, letter
from notify.providers.smtp_answers import Step
from notify.providers.smtp_line import GO_ON, OK, Line, NotBegun, connect, lost

SEND_S = 20.0
# until the server is ready for MAIL: nothing was handed over yet, so another may have its turn
HURRIED_S = 2.5
ANSWERS_SIZE = 64 * 1024  # of all answers to one message
IDLE_S = 60.0
FRESH_S = 1.0  # so soon after a message was taken it need not be asked whether it is well
MESSAGES = 100  # then a new connection: some servers close after so many


@dataclass(slots=True)
class _Kept:
    line: Line
    pid: int
    messages: int
    since: float
    took_it: bool = False  # the last message: the server expects another one


class Smtp:
    """One account.  Each thread of each process keeps a connection of its own.

    A mail server cannot be asked what it has, and does not take one id once only: an answer
    that was lost is `unknown`, and the copy that may follow has the same Message-ID.
    """

    idempotent = False

    def __init__(self, account: SmtpAccount, *, hurried: bool = False) -> None:
        """Connects to nothing yet.

        `hurried`: another provider comes after it, so a server that is slow to answer the call is
        left for that one; the last one gets all the time that some servers take on purpose.
        """
        self.name = account.name
        self._open_s = HURRIED_S if hurried else SEND_S
        self._account = account
        self._context = ssl.create_default_context(cafile=account.ca or None)
        self._local = threading.local()

    def send(self, message: Outgoing) -> Accepted:
        ready = letter(message, sender=self._account.sender)
        opening = Budget(seconds=self._open_s, size=ANSWERS_SIZE)
        kept = self._take_kept(opening)
        if kept is not None:
            try:
                return self._hand_over(kept, ready)
            except NotBegun:
                pass  # the server closed after we looked
        line = connect(self._account, self._context, opening)
        new = _Kept(line=line, pid=os.getpid(), messages=0, since=time.monotonic())
        return self._hand_over(new, ready)

    def reach(self) -> None:
        """Greeting, TLS and sign-in, on a connection of its own."""
        budget = Budget(seconds=HURRIED_S, size=ANSWERS_SIZE)
        connect(self._account, self._context, budget).leave()

    def close(self) -> None:
        """End this thread's connection."""
        kept = self._forget()
        if kept is not None:
            kept.line.leave()

    def _hand_over(self, kept: _Kept, ready: Letter) -> Accepted:
        kept.line.budget = Budget(seconds=SEND_S, size=ANSWERS_SIZE)
        try:
            hand_over(kept.line, ready)
            kept.took_it = True
        finally:
            self._keep(kept)
        return Accepted(ready.message_id)

    def _take_kept(self, budget: Budget) -> _Kept | None:
        """The kept connection, if it is fit for another message.

        Whether it is, is found out before MAIL, or by MAIL: after that nothing is tried twice.
        """
        kept = self._forget()
        if kept is None:
            return None
        if kept.pid != os.getpid():  # the parent's: not ours to talk on
            kept.line.close()
            return None
        kept.line.budget = budget
        rested_s = time.monotonic() - kept.since
        is_fresh = kept.took_it and rested_s < FRESH_S and kept.line.is_quiet()
        if kept.messages < MESSAGES and rested_s < IDLE_S and (is_fresh or kept.line.is_well()):
            kept.took_it = False
            return kept
        kept.line.leave()
        return None

    def _keep(self, kept: _Kept) -> None:
        if kept.line.sock is None:  # closed on the way
            return
        kept.messages += 1
        kept.since = time.monotonic()
        self._local.kept = kept

    def _forget(self) -> _Kept | None:
        kept: _Kept | None = getattr(self._local, "kept", None)
        self._local.kept = None
        return kept


def hand_over(line: Line, ready: Letter) -> None:
    """MAIL, RCPT, DATA.  Raises ProviderError; closes `line` unless it can be used again.

    NotBegun: the server closed instead of hearing MAIL.  Until the final dot has left us it cannot
    have the message.  From then on only its answer tells.
    """
    try:
        line.begin(ready.sender)
        line.ask(Step.RECIPIENT, f"RCPT TO:<{ready.to}>", wanted=OK)
        line.ask(Step.MESSAGE, "DATA", wanted=range(GO_ON, GO_ON + 1))
        line.send(re.sub(rb"(?m)^\.", b"..", ready.content) + b".\r\n")
    except (smtplib.SMTPException, OSError) as error:
        line.close()
        raise lost(error) from error
    except BaseException as error:
        if not isinstance(error, ProviderError):  # our time limit: who knows what is half said
            line.close()
        raise
    _await_verdict(line)


def _await_verdict(line: Line) -> None:
    try:
        code, text = line.getreply()
    except (smtplib.SMTPException, OSError) as error:
        line.close()
        raise ProviderError("answer to the message was lost", unknown=True) from error
    except BaseException:
        line.close()
        raise
    if not 400 <= code <= 599 and code not in OK:  # noqa: PLR2004 - neither yes nor no
        line.close()
        raise ProviderError("answer to the message is not SMTP", unknown=True)
    line.judge(Step.MESSAGE, code, text, wanted=OK)
