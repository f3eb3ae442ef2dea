"""Every adapter and fake behind one front, so that one suite can put questions to all."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from notify.providers import Outgoing, Provider, ProviderError
from notify.providers.capture import Capture
from notify.providers.smtp import Smtp
from notify.providers.twilio import Twilio
from notify.tables import captured
from tests.notify.builders import FakeProvider
from tests.providers.builders import a_message
from tests.providers.smtp_sink import Sink, as_json
from tests.providers.twilio_server import Ledger


@dataclass(frozen=True, kw_only=True)
class Bench:
    """`fail(how)`: the next message meets it (permanent, temporary or unknown).

    `taken()`: all that the other side keeps, as text; `tries()`: how often it was asked to.
    """

    channel: str
    provider: Provider
    fail: Callable[[str], None]
    taken: Callable[[], list[str]]
    tries: Callable[[], int]

    def a_message(self, **changes: Any) -> Outgoing:
        return a_message(self.channel, **changes)


def smtp_bench(adapter: Smtp, sink: Sink) -> Bench:
    faults = {"permanent": "no-mailbox", "temporary": "busy", "unknown": "lost"}
    return Bench(
        channel="email",
        provider=adapter,
        fail=lambda how: sink.faults.append(faults[how]),
        taken=lambda: [json.dumps(as_json(mail), ensure_ascii=False) for mail in sink.taken],
        tries=lambda: sink.commands,
    )


def twilio_bench(adapter: Twilio, ledger: Ledger) -> Bench:
    faults = {"permanent": "21610", "temporary": "busy", "unknown": "lost"}
    return Bench(
        channel="sms",
        provider=adapter,
        fail=lambda how: ledger.faults.append(faults[how]),
        taken=lambda: [json.dumps(text, ensure_ascii=False) for text in ledger.texts],
        tries=lambda: len(ledger.requests),
    )


def fake_bench() -> Bench:
    fake = FakeProvider()
    faults = {
        "permanent": ProviderError("refused", permanent=True),
        "temporary": ProviderError("busy"),
        "unknown": ProviderError("answer lost", unknown=True),
    }
    return Bench(
        channel="sms",
        provider=fake,
        fail=lambda how: fake.answers.append(faults[how]),
        taken=lambda: [f"{call.text} {call.references}" for call in fake.calls],
        tries=lambda: len(fake.calls),
    )


def capture_bench(engine: Engine) -> Bench:
    """`fail` only as "unknown": its table is locked away."""

    def taken() -> list[str]:
        with engine.connect() as connection:
            rows = connection.execute(select(captured)).all()
        return [f"{row.text} {row.leads}" for row in rows]

    return Bench(
        channel="email",
        provider=Capture(engine),
        fail=lambda _how: None,
        taken=taken,
        tries=lambda: len(taken()),
    )
