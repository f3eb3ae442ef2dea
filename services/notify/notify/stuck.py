"""What does not get on by itself, and what to do: for the operator, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, func, select

from contract.events import SYNTHETIC
from notify import tested
from notify.breaker import opened
from notify.heartbeat import silent
from notify.messages import FAILED, QUEUED, SENDING, UNKNOWN
from notify.providers import SINK
from notify.states import STILL_OPEN
from notify.tables import alert, audit, message, outbox, outcome, step
from plumbing import outbox as events

PAST_DUE = timedelta(seconds=120)
LATELY = timedelta(hours=24)
# reasons that a person has to mend in a provider's account: they speak of it, or of "your" number
CONFIGURATION = "configuration: "
OURS = (f"{CONFIGURATION}%", "your %")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Messages that a provider refused because of its account.  `reason`: in words."""

    channel: str
    reason: str
    count: int


def report(connection: Connection, *, every_s: int = 0) -> list[str]:
    """A line for each thing that is stuck; [] when nothing is.

    `every_s`: how often a test request is sent; 0: none is.
    """
    return [
        *_silent(connection),
        *_providers(connection),
        *_accounts(connection),
        *_messages(connection),
        *_failed(connection),
        *_nobody(connection),
        *_steps(connection),
        *_events(connection),
        *_tests(connection, every_s),
    ]


def account_troubles(
    connection: Connection, *, within: timedelta, clinics: Sequence[str] | None = None
) -> list[Trouble]:
    """What a person has to mend in a provider's account, what comes most often first.

    `clinics`: as far as messages of these were refused; None: of any.
    """
    reason = outcome.c.reason
    wrong = [reason.like(words) for words in OURS]
    whose = [] if clinics is None else [message.c.clinic.in_(clinics)]
    newest = (
        select(message.c.channel, reason, func.count().label("count"))
        .join(message, message.c.id == outcome.c.message_id)
        .where(outcome.c.at > func.now() - within, wrong[0] | wrong[1], *whose)
        .group_by(message.c.channel, reason)
        .order_by(func.count().desc())
    )
    return [
        Trouble(channel=channel, reason=reason.removeprefix(CONFIGURATION), count=count)
        for channel, reason, count in connection.execute(newest)
    ]


def _silent(connection: Connection) -> Iterator[str]:
    for name in silent(connection):
        yield f"{name} gives no sign of life: see its log; it should be started again by itself"


def _providers(connection: Connection) -> Iterator[str]:
    for (channel, provider), reason in opened(connection).items():
        yield f"{channel}: {provider} takes no messages ({reason}); any other is used"


def _accounts(connection: Connection) -> Iterator[str]:
    for row in account_troubles(connection, within=LATELY):
        words = f"{row.reason}, {row.count} times in 24 hours"
        yield f"{row.channel}: {words}: mend it in the provider's account"


def _messages(connection: Connection) -> Iterator[str]:
    age_s = func.extract("epoch", func.now() - func.min(message.c.created_at))
    found = connection.execute(
        select(message.c.channel, func.count().label("count"), age_s.label("age_s"))
        .where(
            message.c.state.in_([QUEUED, SENDING, UNKNOWN]),
            message.c.created_at < func.now() - PAST_DUE,
            message.c.due_at < func.now() - PAST_DUE,
            message.c.channel != SINK,
        )
        .group_by(message.c.channel)
    ).all()
    for row in found:
        yield (
            f"{row.channel}: {row.count} messages are past due, the oldest is {int(row.age_s)} s"
            " old: see the logs of notify-worker and notify-dispatcher"
        )


def _failed(connection: Connection) -> Iterator[str]:
    why = (
        select(audit.c.detail["reason"].astext)
        .where(audit.c.message_id == message.c.id, audit.c.what == "message failed")
        .order_by(audit.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = connection.execute(
        select(message.c.clinic, message.c.channel, why.label("why"), func.count().label("count"))
        .where(
            message.c.state == FAILED,
            message.c.created_at > func.now() - LATELY,
            message.c.channel != SINK,
        )
        .group_by(message.c.clinic, message.c.channel, "why")
    ).all()
    for row in found:
        yield f"{row.clinic}: {row.count} by {row.channel} failed for good in 24 hours: {row.why}"


def _nobody(connection: Connection) -> Iterator[str]:
    found = connection.execute(
        select(alert.c.clinic, alert.c.location, func.count().label("count"))
        .where(alert.c.state == "failed", alert.c.clinic != SYNTHETIC)
        .group_by(alert.c.clinic, alert.c.location)
    ).all()
    for row in found:
        yield (
            f"{row.clinic}, {row.location}: nobody could be told of {row.count} requests:"
            " call these patients from the desk, and check alerts/" + row.clinic + ".toml"
        )


def _steps(connection: Connection) -> Iterator[str]:
    late = (
        select(func.count())
        .select_from(step)
        .join(alert, alert.c.id == step.c.alert_id)
        .where(
            step.c.state == "due",
            step.c.due_at < func.now() - PAST_DUE,
            alert.c.state.in_(STILL_OPEN),
        )
    )
    if count := connection.scalar(late):
        yield f"{count} escalations are past due: is notify-dispatcher running?"


def _events(connection: Connection) -> Iterator[str]:
    for refused in events.set_aside(connection, outbox):
        yield f"{refused}: leads cannot take them: see leads' log, and the release notes"
    waiting = select(func.count()).where(
        outbox.c.confirmed_at.is_(None),
        outbox.c.refused == 0,
        outbox.c.at < func.now() - PAST_DUE,
    )
    if count := connection.scalar(waiting):
        yield f"{count} events wait for leads: see the logs of notify-relay and leads-consumer"


def _tests(connection: Connection, every_s: int) -> Iterator[str]:
    """Alerts that nobody knows to arrive, and a dead-man's switch that hears nothing."""
    standing = tested.standing(connection)
    if every_s and (trouble := standing.trouble(every_s)):
        yield f"{trouble}: patients' requests may not reach anybody until this is mended"
    if every_s and standing.ping:
        yield f"OPERATOR_HEARTBEAT_URL {standing.ping}: check the address where it was made"
