"""make setup: the few things that an operator must decide, written to .env.

Answers come from the terminal, or with YES=1 from the environment (for scripts); what is
already in .env is offered again and stays when nothing is typed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from contract.directory import normal_host
from notify.providers import Outgoing, ProviderError, UnusableProvider, read_urls
from notify.providers.accounts import SmtpAccount, is_address, problems
from notify.providers.smtp import Smtp
from supervisor.keeping import KeepingError
from supervisor.keeping.envfile import read_env, write_env
from supervisor.keeping.findings import clinic_hosts
from supervisor.keeping.names import is_public_address, look_up

Ask = Callable[[str], str]
HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])")
TLS = ("auto", "internal", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`check`: the answer as it is written, raises ValueError that says what is wrong with it."""

    name: str
    text: str
    check: Callable[[str], str]
    default: str = ""
    is_secret: bool = False


def a_host(answer: str) -> str:
    host = normal_host(answer)
    if not HOST.fullmatch(host):
        raise ValueError("must be a host name such as desk.clinics.example")
    return host


def a_tls_mode(answer: str) -> str:
    if answer not in TLS:
        raise ValueError(f"must be one of {', '.join(TLS)}")
    return answer


def an_address(answer: str) -> str:
    if not is_address(answer):
        raise ValueError("must be a mail address")
    return answer


def a_public_address(answer: str) -> str:
    if answer and not is_public_address(answer):
        raise ValueError("must be an IP address, or several with commas between, or nothing")
    return answer


def some_providers(channel: str) -> Callable[[str], str]:
    def check(answer: str) -> str:
        try:
            urls = read_urls(answer, channel, demo=False)
        except UnusableProvider as error:
            raise ValueError(str(error)) from None
        if found := problems(urls):
            raise ValueError("; ".join(found))
        return answer

    return check


QUESTIONS = (
    Question(name="DESK_HOST", text="Host name of the staff's desk", check=a_host),
    Question(
        name="EDGE_TLS",
        text="Certificates: auto (public ones), internal (of your own), off (a proxy has them)",
        check=a_tls_mode,
        default="auto",
    ),
    Question(
        name="PUBLIC_ADDRESS",
        text="Public IP address, if a router or cloud stands before this machine (else nothing)",
        check=a_public_address,
    ),
    Question(
        name="NOTIFY_EMAIL_PROVIDERS",
        text="Mail server: smtp://user:password@host:587/?tls=starttls&from=alerts@your-domain",
        check=some_providers("email"),
        is_secret=True,
    ),
    Question(
        name="NOTIFY_SMS_PROVIDERS",
        text="Texts, if you have an account: twilio://ACCOUNT_SID:AUTH_TOKEN@/?from=+1… (or none)",
        check=some_providers("sms"),
        is_secret=True,
    ),
    Question(name="OPERATOR_EMAIL", text="Your own address, for a test mail", check=an_address),
)


def set_up(environ: Mapping[str, str], root: Path, *, ask: Ask, say: Callable[[str], None]) -> int:
    """Ask, write .env, send a test mail, look each host up.  0 when all of it went well."""
    path = root / ".env"
    known = read_env(path)
    answers = (
        answers_from(environ, known)
        if environ.get("YES") == "1"
        else {question.name: _asked(question, known, ask=ask, say=say) for question in QUESTIONS}
    )
    changed = {name: value for name, value in answers.items() if known.get(name) != value}
    if changed and known.keys() & changed.keys() and environ.get("YES") != "1":
        names = ", ".join(sorted(known.keys() & changed.keys()))
        if ask(f".env has other values for {names}. Replace them? [y/N] ").lower() != "y":
            raise KeepingError(".env was left as it is")
    if changed:
        write_env(path, changed)
    say(f".env: {', '.join(changed) or 'nothing'} written")
    is_sent = _send_test_mail(answers, say=say)
    clinics = root / (known.get("CLINICS_DIR") or environ.get("CLINICS_DIR") or "clinics")
    hosts = [answers["DESK_HOST"], *clinic_hosts(clinics)]
    are_found = _look_up(hosts, answers["PUBLIC_ADDRESS"], say=say)
    say("next: make up")
    return 0 if is_sent and are_found else 1


def answers_from(environ: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Without asking.  Raises KeepingError with every mistake."""
    answers: dict[str, str] = {}
    wrong: list[str] = []
    for question in QUESTIONS:
        given = environ.get(question.name) or known.get(question.name) or question.default
        try:
            answers[question.name] = question.check(given)
        except ValueError as error:
            wrong.append(f"{question.name}: {error}")
    if wrong:
        raise KeepingError("\n".join(wrong))
    return answers


def _asked(
    question: Question, known: Mapping[str, str], *, ask: Ask, say: Callable[[str], None]
) -> str:
    before = known.get(question.name) or question.default
    shown = "keep the one in .env" if question.is_secret and before else before
    while True:
        answer = ask(f"{question.text}{f' [{shown}]' if shown else ''}: ").strip() or before
        try:
            return question.check(answer)
        except ValueError as error:
            say(f"  {error}")


def _send_test_mail(answers: Mapping[str, str], *, say: Callable[[str], None]) -> bool:
    """Through the first mail server, as notify would."""
    urls = read_urls(answers["NOTIFY_EMAIL_PROVIDERS"], "email", demo=False)
    if not urls:
        say("no mail server: nobody would be told by e-mail")
        return False
    mail = Outgoing(
        id=uuid4(),
        kind="staff",
        channel="email",
        to=answers["OPERATOR_EMAIL"],
        subject="Frontdesk: a test",
        text="If you can read this, Frontdesk can send mail. There is nothing to do.\n",
        html="",
        references=(),
    )
    server = Smtp(SmtpAccount.read(urls[0].url))
    try:
        server.send(mail)
    except ProviderError as error:
        say(f"the test mail did not go out through {server.name}: {error.reason}")
        return False
    finally:
        server.close()
    say(f"a test mail went to {mail.to} through {server.name}: look whether it arrives")
    return True


def _look_up(hosts: list[str], public_address: str, *, say: Callable[[str], None]) -> bool:
    names = look_up(hosts, public_address=public_address)
    for name in names:
        say(f"{name.what}: {name.do}" if name.do else name.what)
    return all(name.here for name in names)
