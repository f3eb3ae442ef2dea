"""Mail: the conversation with a real server, step by step, and what goes wrong in each."""

import os
import socket
import time

import pytest

from notify.providers import Accepted, ProviderError
from notify.providers.accounts import SmtpAccount
from notify.providers.smtp import HURRIED_S, Smtp
from tests.providers.builders import a_message, error_of, hang, raw_server, say
from tests.providers.conftest import an_smtp
from tests.providers.smtp_sink import Sink, read

BEGIN = (b"220 hello\r\n", b"250 hello\r\n")
TO_DATA = (*BEGIN, b"250 ok\r\n", b"250 ok\r\n")
TO_DOT = (*TO_DATA, b"354 go on\r\n")


def error_after(*lines: bytes) -> ProviderError:
    """What is raised when the server says these lines, one for each of ours, and closes."""
    with raw_server(say(*lines)) as port:
        adapter = an_smtp(port)
        error = error_of(adapter)
        adapter.close()
    return error


def test_the_reference_is_the_message_id_that_the_server_keeps(smtp: Smtp, sink: Sink) -> None:
    accepted = smtp.send(a_message())
    assert f"<{accepted.ref}>" == read(sink.taken[0])["Message-ID"]


def test_lines_that_begin_with_a_dot_arrive_as_they_were(smtp: Smtp, sink: Sink) -> None:
    smtp.send(a_message(text=".\n..x\n.\nQUIT\n", html=""))
    assert read(sink.taken[0]).get_content().replace("\r\n", "\n") == ".\n..x\n.\nQUIT\n"
    assert len(sink.taken) == 1


# --- one connection for many messages --------------------------------------------------------


def test_the_connection_is_kept_between_messages(smtp: Smtp, sink: Sink) -> None:
    for _ in range(5):
        smtp.send(a_message())
    assert (len(sink.taken), len(sink.connections)) == (5, 1)


def test_it_is_kept_after_a_recipient_was_refused(smtp: Smtp, sink: Sink) -> None:
    sink.faults = ["no-mailbox"]
    error_of(smtp)
    smtp.send(a_message())
    assert (len(sink.taken), len(sink.connections)) == (1, 1)


def test_after_so_many_messages_a_new_one_is_made(
    smtp: Smtp, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notify.providers.smtp.MESSAGES", 2)
    for _ in range(5):
        smtp.send(a_message())
    assert (len(sink.taken), len(sink.connections)) == (5, 3)


def test_after_a_rest_a_new_one_is_made(
    smtp: Smtp, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    smtp.send(a_message())
    monkeypatch.setattr("notify.providers.smtp.IDLE_S", 0)
    smtp.send(a_message())
    assert (len(sink.taken), len(sink.connections)) == (2, 2)


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew() -> None:
    """It closes after each message, as a server does that restarts."""
    talk = say(*TO_DOT, b"250 ok\r\n")
    with raw_server(talk) as port:
        adapter = an_smtp(port)
        for _ in range(3):
            assert adapter.send(a_message()).ref
        adapter.close()


def test_a_server_that_says_goodbye_meanwhile_is_called_again() -> None:
    talk = say(*TO_DOT, b"250 ok\r\n421 too long idle\r\n", close=False)
    with raw_server(talk) as port:
        adapter = an_smtp(port)
        for _ in range(3):
            assert adapter.send(a_message()).ref
        adapter.close()


@pytest.mark.parametrize("last_words", [b"", b"421 4.3.2 going down\r\n"])
def test_a_server_that_closes_just_when_it_is_spoken_to_is_called_again(last_words: bytes) -> None:
    """It looked well a moment before, and has heard of no message."""
    talk, calls = say(*TO_DOT, b"250 ok\r\n", last_words), []
    with raw_server(lambda connection: (calls.append(connection), talk(connection))) as port:
        adapter = an_smtp(port)
        for _ in range(3):
            assert adapter.send(a_message()).ref
        adapter.close()
    assert len(calls) == 3


def test_a_server_that_closes_whenever_it_is_spoken_to_is_called_once() -> None:
    talk, calls = say(*BEGIN, b""), []
    with raw_server(lambda connection: (calls.append(connection), talk(connection))) as port:
        assert error_of(an_smtp(port)).reason == "connection to the mail server was lost"
    assert len(calls) == 1


def test_another_process_makes_its_own(smtp: Smtp, sink: Sink) -> None:
    smtp.send(a_message())
    child = os.fork()
    if child == 0:
        try:
            smtp.send(a_message())
            os._exit(0)
        except BaseException:  # noqa: BLE001 - it must not go on as a second pytest
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    smtp.send(a_message())
    assert (len(sink.taken), len(sink.connections)) == (3, 2)


# --- another provider is next ---------------------------------------------------------------


def test_a_server_that_does_not_greet_is_left_for_the_next_one_within_3_s() -> None:
    with raw_server(hang) as port:
        adapter = Smtp(SmtpAccount.read(f"smtp://127.0.0.1:{port}/?from=a@b.example"), hurried=True)
        start = time.monotonic()
        error = error_of(adapter)
        assert time.monotonic() - start < 3
    assert not error.unknown
    assert not error.permanent


def test_the_last_provider_gets_the_time_that_a_slow_greeting_takes() -> None:
    def slow(connection: socket.socket) -> None:
        time.sleep(HURRIED_S + 0.5)
        say(*TO_DOT, b"250 ok\r\n")(connection)

    with raw_server(slow) as port:
        adapter = an_smtp(port)
        assert adapter.send(a_message()).ref
        adapter.close()


# --- what is lost when --------------------------------------------------------------------


@pytest.mark.parametrize("lines", [TO_DATA[:n] for n in range(1, 5)] + [TO_DOT])
def test_a_connection_lost_before_the_final_dot_is_a_message_not_taken(
    lines: tuple[bytes, ...],
) -> None:
    """The server closes after its last line, without having heard the whole of ours."""

    def talk(connection: socket.socket) -> None:
        for line in lines:
            connection.sendall(line)
            if line is not lines[-1]:
                connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with raw_server(talk) as port:
        adapter = an_smtp(port)
        with pytest.raises(ProviderError) as raised:
            # larger than all buffers on the way: the dot cannot have left
            adapter.send(a_message(text="x" * 70 + "\n" + ("y" * 70 + "\n") * 150_000, html=""))
    assert (raised.value.permanent, raised.value.unknown) == (False, False)


def test_an_answer_lost_after_the_final_dot_is_unknown() -> None:
    error = error_after(*TO_DOT, b"")
    assert (error.unknown, error.permanent) == (True, False)


@pytest.mark.parametrize("answer", [b"\x00\xff\r\n", b"what\r\n", b"x" * 70_000, b"354 more\r\n"])
def test_an_answer_to_the_message_that_is_none_is_unknown(answer: bytes) -> None:
    error = error_after(*TO_DOT, answer)
    assert (error.unknown, error.permanent) == (True, False)


def test_no_answer_to_the_message_in_time_is_unknown(short_patience: float) -> None:
    with raw_server(say(*TO_DOT, b"", close=False)) as port:
        assert error_of(an_smtp(port)).unknown


@pytest.mark.parametrize(
    ("answer", "permanent", "reason"),
    [
        (b"550 5.1.1 no", True, "no such mailbox (550 5.1.1)"),
        (b"550-5.1.1 <maria@envista.example>\r\n550 5.1.1 no", True, "no such mailbox (550 5.1.1)"),
        (b"550 5.7.1 no", True, "refused by the mail server's policy (550 5.7.1)"),
        (b"552 5.2.2 full", True, "mailbox is full (552 5.2.2)"),
        (b"550 maria is gone", True, "recipient refused (550)"),
        (b"550 4.1.1 mixed up", True, "recipient refused (550)"),
        (b"452 4.2.2 full", False, "mailbox is full (452 4.2.2)"),
        (b"450 later", False, "mail server says not now (450)"),
        (b"451 4.7.500 slow down", False, "put off by the mail server's policy (451 4.7.500)"),
        (b"421 bye", False, "mail server says not now (421)"),
        (b"503 5.5.1 sequence", False, "mail server says not now (503 5.5.1)"),
        (b"530 5.7.0 sign in", False, "configuration: sign-in is wanted or refused (530)"),
        (b"hello", False, "answer is not SMTP"),
    ],
)
def test_an_answer_about_the_recipient_is_understood(
    answer: bytes, *, permanent: bool, reason: str
) -> None:
    error = error_after(*BEGIN, b"250 ok\r\n", answer + b"\r\n")
    assert (error.reason, error.permanent, error.unknown) == (reason, permanent, False)


@pytest.mark.parametrize(
    ("answer", "permanent", "reason"),
    [
        (b"554 5.7.1 spam", True, "refused by the mail server's policy (554 5.7.1)"),
        (b"552 5.3.4 size", True, "message is too large (552 5.3.4)"),
        (b"554 no", True, "message refused (554)"),
        (b"451 4.3.0 busy", False, "mail server is busy (451 4.3.0)"),
        (b"421 4.3.2 bye", False, "mail server is busy (421 4.3.2)"),
    ],
)
def test_an_answer_about_the_message_is_understood(
    answer: bytes, *, permanent: bool, reason: str
) -> None:
    error = error_after(*TO_DOT, answer + b"\r\n")
    assert (error.reason, error.permanent, error.unknown) == (reason, permanent, False)


@pytest.mark.parametrize(
    "lines",
    [
        (b"554 5.7.1 you are listed\r\n",),
        (b"421 too many\r\n",),
        (*BEGIN, b"550 5.1.8 sender\r\n"),
        (*BEGIN, b"553 not your address\r\n"),
        (b"220 hello\r\n", b"502 no\r\n", b"502 no\r\n"),
    ],
)
def test_what_is_said_about_us_is_never_a_verdict_on_the_message(lines: tuple[bytes, ...]) -> None:
    error = error_after(*lines)
    assert (error.permanent, error.unknown) == (False, False)


def test_a_server_of_the_old_school_gets_helo(sink: Sink) -> None:
    lines = (b"220 hello\r\n", b"502 what\r\n", b"250 hello\r\n", *TO_DOT[2:], b"250 ok\r\n")
    with raw_server(say(*lines, close=False)) as port:
        adapter = an_smtp(port)
        assert isinstance(adapter.send(a_message()), Accepted)
        adapter.close()
