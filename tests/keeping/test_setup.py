"""make setup asks little, checks what it is told and never loses a line of .env."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from supervisor.keeping import KeepingError
from supervisor.keeping.envfile import read_env, write_env
from supervisor.keeping.setup import set_up
from tests.providers.smtp_sink import Sink, controller

ANSWERS = {
    "DESK_HOST": "desk.clinics.example",
    "EDGE_TLS": "auto",
    "OPERATOR_EMAIL": "operator@clinics.example",
    "PUBLIC_ADDRESS": "",
}


@pytest.fixture
def sink() -> Iterator[tuple[Sink, str]]:
    sink = Sink()
    server = controller(sink)
    server.start()
    yield sink, f"smtp://127.0.0.1:{server.port}/?tls=none&from=alerts@clinics.example"
    server.stop()


def quietly(environ: dict[str, str], root: Path) -> list[str]:
    said: list[str] = []
    set_up({"YES": "1", **environ}, root, ask=lambda _: "", say=said.append)
    return said


def test_answers_become_lines_and_a_test_mail_arrives(
    tmp_path: Path, sink: tuple[Sink, str]
) -> None:
    taken, url = sink
    said = quietly({**ANSWERS, "NOTIFY_EMAIL_PROVIDERS": url}, tmp_path)
    assert read_env(tmp_path / ".env") == {
        **ANSWERS,
        "NOTIFY_EMAIL_PROVIDERS": url,
        "NOTIFY_SMS_PROVIDERS": "",
    }
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert [envelope.rcpt_tos for envelope in taken.taken] == [["operator@clinics.example"]]
    assert any(
        line.startswith("desk.clinics.example does not resolve: add an A record") for line in said
    )


def test_a_mail_server_that_does_not_answer_is_said_in_words(tmp_path: Path) -> None:
    url = "smtp://127.0.0.1:1/?tls=none&from=alerts@clinics.example"
    said = quietly({**ANSWERS, "NOTIFY_EMAIL_PROVIDERS": url}, tmp_path)
    assert any("the test mail did not go out through smtp:127.0.0.1:1" in line for line in said)


def test_every_wrong_answer_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    wrong = {
        "DESK_HOST": "no host",
        "EDGE_TLS": "maybe",
        "PUBLIC_ADDRESS": "here",
        "NOTIFY_EMAIL_PROVIDERS": "smtp://u:secret@mail.example/",
        "OPERATOR_EMAIL": "nobody",
    }
    with pytest.raises(KeepingError) as refused:
        quietly(wrong, tmp_path)
    for name in wrong:
        assert name in str(refused.value)
    assert "secret" not in str(refused.value)
    assert not (tmp_path / ".env").exists()


def test_lines_that_it_does_not_know_stay(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nEDGE_HTTP_PORT=8080   # behind a proxy\nDESK_HOST=old.example\n")
    write_env(path, {"DESK_HOST": "desk.clinics.example", "EDGE_TLS": "off"})
    assert path.read_text() == (
        "# mine\nEDGE_HTTP_PORT=8080   # behind a proxy\nDESK_HOST=desk.clinics.example\n"
        "EDGE_TLS=off\n"
    )
    assert read_env(path)["EDGE_HTTP_PORT"] == "8080"


def test_a_value_with_a_dollar_sign_is_read_back_as_it_was(tmp_path: Path) -> None:
    value = "smtp://u:pa$$w0rd'x@mail.example/?from=a@b.example"
    write_env(tmp_path / ".env", {"NOTIFY_EMAIL_PROVIDERS": value})
    assert read_env(tmp_path / ".env")["NOTIFY_EMAIL_PROVIDERS"] == value


def test_it_asks_before_it_replaces_and_again_after_a_mistake(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DESK_HOST=old.example\n")
    url = "smtp://127.0.0.1:1/?tls=none&from=alerts@clinics.example"
    typed = iter(
        ["not a host", "desk.clinics.example", "", "", url, "", "operator@clinics.example"]
    )
    said: list[str] = []

    def ask(question: str) -> str:
        return "n" if question.startswith(".env has other values") else next(typed)

    with pytest.raises(KeepingError, match="left as it is"):
        set_up({}, tmp_path, ask=ask, say=said.append)
    assert said == ["  must be a host name such as desk.clinics.example"]
    assert (tmp_path / ".env").read_text() == "DESK_HOST=old.example\n"
