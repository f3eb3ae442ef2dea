"""What every adapter and every fake must do.  A new one is added to the fixtures here."""

import logging
import socket
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest

from notify.providers import Finder, Provider, ProviderError, http, smtp_line
from notify.providers import smtp as smtp_module
from tests.providers.benches import Bench, capture_bench, fake_bench, smtp_bench, twilio_bench
from tests.providers.builders import a_message, drip, flood, hang, raw_server, say
from tests.providers.conftest import a_twilio, an_smtp
from tests.servers import free_port

ADAPTERS: dict[str, tuple[str, Callable[[int], Provider]]] = {
    "smtp": ("email", an_smtp),
    "twilio": ("sms", a_twilio),
}
OK_HEAD = b"HTTP/1.1 201 Created\r\n"
HUGE = OK_HEAD + b"Content-Length: 104857600\r\n\r\n"
EVIL = {
    "smtp-hangs": ("smtp", hang),
    "smtp-drips": ("smtp", drip(b"220-and so on\r\n")),
    "smtp-endless-greeting": ("smtp", flood(b"220-and so on\r\n")),
    "smtp-endless-line": ("smtp", flood(b"x")),
    "smtp-endless-hello": ("smtp", flood(b"250-SIZE\r\n", first=b"220 hello\r\n")),
    "smtp-garbage": ("smtp", say(b"\x00\xff\x13\x88 what\r\n")),
    "smtp-speaks-http": ("smtp", say(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    "smtp-closes": ("smtp", say(b"")),
    "twilio-hangs": ("twilio", hang),
    "twilio-drips-head": ("twilio", drip(OK_HEAD + b"X-And: so on\r\n" * 9)),
    "twilio-endless-head": ("twilio", flood(b"X-And: so on\r\n", first=OK_HEAD)),
    "twilio-endless-line": ("twilio", flood(b"x", first=OK_HEAD)),
    "twilio-100-mb": ("twilio", flood(b" " * 64, first=HUGE)),
    "twilio-garbage": ("twilio", say(b"", b"\x00\xff\x13\x88 what\r\n")),
    "twilio-closes": ("twilio", say(b"")),
}


@pytest.fixture(params=["smtp", "twilio", "fake", "capture"])
def bench(request: pytest.FixtureRequest) -> Bench:
    match request.param:
        case "smtp":
            return smtp_bench(request.getfixturevalue("smtp"), request.getfixturevalue("sink"))
        case "twilio":
            return twilio_bench(
                request.getfixturevalue("twilio"), request.getfixturevalue("ledger")
            )
        case "fake":
            return fake_bench()
        case _:
            return capture_bench(request.getfixturevalue("engine"))


failing = pytest.mark.parametrize("bench", ["smtp", "twilio", "fake"], indirect=True)
remote = pytest.mark.parametrize("bench", ["smtp", "twilio"], indirect=True)
each_adapter = pytest.mark.parametrize("name", list(ADAPTERS))


def test_it_accepts_a_message_and_gives_a_reference(bench: Bench) -> None:
    message = bench.a_message()
    assert bench.provider.send(message).ref
    assert len(bench.taken()) == 1
    assert message.text in bench.taken()[0]


def test_what_it_hands_over_names_the_lead(bench: Bench) -> None:
    bench.provider.send(bench.a_message())
    assert "K7QF" in bench.taken()[0]


def test_each_message_has_a_reference_of_its_own(bench: Bench) -> None:
    references = {bench.provider.send(bench.a_message()).ref for _ in range(5)}
    assert len(references) == 5


def test_it_has_a_name_without_an_address_or_a_secret(bench: Bench) -> None:
    assert bench.provider.name
    assert "@" not in bench.provider.name
    assert "secret" not in bench.provider.name


def test_any_script_arrives_as_it_was_written(bench: Bench) -> None:
    message = bench.a_message(text="Peña, 王, 👍\n.\n..\nFrom here: K7QF 2MPD", html="")
    bench.provider.send(message)
    kept = bench.taken()[0]
    for part in ("Peña", "王", "👍", "From here: K7QF 2MPD"):
        assert part in kept


@failing
@pytest.mark.parametrize("how", ["permanent", "temporary", "unknown"])
def test_a_failure_is_of_one_of_three_sorts(bench: Bench, how: str) -> None:
    bench.fail(how)
    with pytest.raises(ProviderError) as raised:
        bench.provider.send(bench.a_message())
    assert (raised.value.permanent, raised.value.unknown) == (how == "permanent", how == "unknown")


@failing
@pytest.mark.parametrize("how", ["permanent", "temporary", "unknown"])
def test_it_never_tries_again_by_itself(bench: Bench, how: str) -> None:
    bench.fail(how)
    with pytest.raises(ProviderError):
        bench.provider.send(bench.a_message())
    assert bench.tries() == 1


@failing
@pytest.mark.parametrize("how", ["permanent", "temporary", "unknown"])
def test_after_a_failure_the_next_message_goes_out(bench: Bench, how: str) -> None:
    bench.fail(how)
    with pytest.raises(ProviderError):
        bench.provider.send(bench.a_message())
    message = bench.a_message()
    bench.provider.send(message)
    assert message.text in bench.taken()[-1]


@remote
def test_no_address_and_no_text_is_in_a_reason_or_a_log(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    message = bench.a_message(text="canary K7QF 2MPD")
    said = []
    for how in ("permanent", "temporary", "unknown"):
        bench.fail(how)
        with pytest.raises(ProviderError) as raised:
            bench.provider.send(message)
        said.append(f"{raised.value!r} {raised.value.reason}")
    bench.provider.send(message)
    if isinstance(bench.provider, Finder):
        bench.provider.find(message)
    for secret in (message.to, "canary", message.to.partition("@")[0], "secret"):
        assert secret not in " ".join(said)
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]
    for secret in (message.to, "canary", "c2VjcmV0"):
        assert secret not in " ".join(ours)


@each_adapter
def test_a_refused_connection_is_temporary(name: str) -> None:
    channel, adapter = ADAPTERS[name]
    with pytest.raises(ProviderError) as raised:
        adapter(free_port()).send(a_message(channel))
    assert (raised.value.permanent, raised.value.unknown) == (False, False)


@each_adapter
def test_a_host_that_swallows_connections_costs_little_time(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notify.providers.http.CONNECT_S", 0.3)
    monkeypatch.setattr("notify.providers.smtp_line.CONNECT_S", 0.3)
    channel, adapter = ADAPTERS[name]
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        start = time.monotonic()
        with pytest.raises(ProviderError) as raised:
            adapter(port).send(a_message(channel))
        for client in waiting:
            client.close()
    assert time.monotonic() - start < 2
    assert (raised.value.permanent, raised.value.unknown) == (False, False)


@pytest.mark.parametrize("case", list(EVIL))
def test_an_evil_server_costs_bounded_time_and_memory(case: str, short_patience: float) -> None:
    name, talk = EVIL[case]
    channel, adapter = ADAPTERS[name]
    with raw_server(talk) as port:
        provider = adapter(port)
        tracemalloc.start()
        start = time.monotonic()
        with pytest.raises(ProviderError) as raised:
            provider.send(a_message(channel))
        duration_s = time.monotonic() - start
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        provider.close()  # type: ignore[attr-defined]
    assert duration_s < short_patience + 0.7
    assert peak < 4 * 2**20
    assert not raised.value.permanent
    # a mail server cannot have a message before DATA; an HTTP request is out at once
    assert raised.value.unknown == (name == "twilio")


@pytest.mark.parametrize("case", [case for case in EVIL if "endless" in case or "100-mb" in case])
def test_an_answer_without_an_end_is_cut_off_by_its_size_long_before_the_time_is_over(
    case: str,
) -> None:
    name, talk = EVIL[case]
    channel, adapter = ADAPTERS[name]
    with raw_server(talk) as port:
        provider = adapter(port)
        start = time.monotonic()
        with pytest.raises(ProviderError):
            provider.send(a_message(channel))
        duration_s = time.monotonic() - start
        provider.close()  # type: ignore[attr-defined]
    assert duration_s < 8


def test_the_real_limits_end_a_call_within_twenty_seconds() -> None:
    assert smtp_module.SEND_S <= 20
    assert http.TOTAL_S <= 20
    assert smtp_line.CONNECT_S == http.CONNECT_S == 3
    assert smtp_line.COMMAND_S == http.READ_S == 10


@remote
def test_the_same_message_twice_is_the_same_words(bench: Bench) -> None:
    message = bench.a_message()
    bench.provider.send(message)
    bench.provider.send(replace(message))
    first, second = bench.taken()
    assert message.text in first
    assert message.text in second
