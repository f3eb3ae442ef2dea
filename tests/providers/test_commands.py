"""The mail sink and the text server as processes of their own, as system tests start them."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.notify.builders import eventually
from tests.providers.builders import a_message
from tests.providers.conftest import a_twilio, an_smtp
from tests.servers import free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def running(module: str, *arguments: str, port: int) -> Iterator[None]:
    command = [sys.executable, "-m", module, "--port", str(port), *arguments]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        eventually(lambda: _answers(port))
        yield
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_mail_sink_writes_a_line_for_each_message(tmp_path: Path) -> None:
    port, out = free_port(), tmp_path / "mail.jsonl"
    with running("tests.providers.smtp_sink", "--out", str(out), port=port):
        adapter = an_smtp(port)
        accepted = [adapter.send(a_message()).ref for _ in range(2)]
        adapter.close()
    assert [mail["message_id"] for mail in lines(out)] == [f"<{ref}>" for ref in accepted]
    assert lines(out)[0]["reference"] == "K7QF2MPD"


def test_the_text_server_writes_a_line_for_each_text(tmp_path: Path) -> None:
    port, out = free_port(), tmp_path / "texts.jsonl"
    with running("tests.providers.twilio_server", "--ledger", str(out), port=port):
        adapter = a_twilio(port)
        accepted = adapter.send(a_message("sms"))
        adapter.close()
    assert [text["sid"] for text in lines(out)] == [accepted.ref]
