"""What must be there for notify to be ready, and what it shows of itself."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, Row, func, select

from contract.events import SYNTHETIC
from notify import stuck, tested
from notify.breaker import opened
from notify.heartbeat import silent
from notify.messages import QUEUED, SENDING, UNKNOWN
from notify.parts import Parts
from notify.providers import SINK
from notify.settings import Settings
from notify.tables import alert, message
from plumbing import outbox
from plumbing.database import database_missing
from plumbing.health import Check

NOBODY = (
    "nobody would be told: no provider is set"
    " (NOTIFY_EMAIL_PROVIDERS or NOTIFY_SMS_PROVIDERS, docs/providers.md)"
)
LATELY = timedelta(minutes=15)


def checks(settings: Settings, parts: Parts) -> Mapping[str, Check]:
    """Readiness of the whole service, as its web process sees it."""

    def processes() -> str | None:
        with parts.engine.begin() as connection:
            names = silent(connection)
        return f"no sign of life from {', '.join(names)}" if names else None

    def directory() -> str | None:
        return None if parts.reader.current else "no clinic directory yet"

    def providers() -> str | None:
        with parts.engine.begin() as connection:
            away = opened(connection)
            troubles = stuck.account_troubles(connection, within=LATELY)
        able = {"email": parts.delivery.providers("email"), "sms": parts.delivery.providers("sms")}
        dead = [
            f"{channel}: {away[channel, names[0]]}"
            for channel, names in able.items()
            if names and all((channel, name) in away for name in names)
        ]
        wrong = [f"{row.channel}: {row.reason}" for row in troubles]
        if dead or wrong:
            return "; ".join(dict.fromkeys([*dead, *wrong]))
        if settings.demo or settings.email_providers or settings.sms_providers:
            return None
        return NOBODY

    def alerts_tested() -> str | None:
        with parts.engine.begin() as connection:
            standing = tested.standing(connection)
        return standing.trouble(settings.synthetic_s) if settings.synthetic_s else None

    return {
        "database": lambda: database_missing(parts.engine),
        "processes": processes,
        "alerts_tested": alerts_tested,
        "directory": directory,
        "providers": providers,
    }


def worker_checks(engine: Engine) -> Mapping[str, Check]:
    """Readiness of a process without a web server."""
    return {"database": lambda: database_missing(engine)}


class Rows(Collector):
    """Metrics straight from the tables: they are true whichever process is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> list[Metric]:
        return []  # else registering it would ask the database

    def collect(self) -> Iterator[Metric]:
        waiting = message.c.state.in_([QUEUED, SENDING, UNKNOWN])
        age_s = func.extract("epoch", func.now() - func.min(message.c.created_at))
        real = message.c.channel != SINK
        with self._engine.begin() as connection:
            by_state = connection.execute(
                select(message.c.channel, message.c.state, func.count())
                .where(real)
                .group_by(message.c.channel, message.c.state)
            ).all()
            alerts = connection.execute(
                select(alert.c.state, func.count())
                .where(alert.c.clinic != SYNTHETIC)
                .group_by(alert.c.state)
            ).all()
            oldest_s = connection.scalar(select(age_s).where(waiting, real)) or 0
            standing = tested.standing(connection)
            outbox_s = outbox.oldest_waiting_s(connection)
        yield _gauge("messages", "Messages", ("channel", "state"), by_state)
        yield _gauge("alerts", "Alerts", ("state",), alerts)
        yield GaugeMetricFamily(
            "frontdesk_notify_oldest_waiting_seconds",
            "Age of the oldest message that no provider has",
            value=float(oldest_s),
        )
        yield GaugeMetricFamily(
            "frontdesk_notify_outbox_oldest_seconds",
            "Age of the oldest event that leads has not confirmed",
            value=outbox_s,
        )
        if standing.told_s is not None:
            yield GaugeMetricFamily(
                "frontdesk_notify_alerts_tested_seconds",
                "Seconds since a test request last came through to the end",
                value=standing.told_s,
            )
        yield GaugeMetricFamily(
            "frontdesk_notify_alerts_untested_seconds",
            "Seconds since the first test request that did not come through; 0: the last one did",
            value=standing.failing_s,
        )


def _gauge(
    name: str, text: str, labels: tuple[str, ...], rows: Sequence[Row[Any]]
) -> GaugeMetricFamily:
    """Rows are the labels' values and then a count."""
    family = GaugeMetricFamily(f"frontdesk_notify_{name}", text, labels=labels)
    for row in rows:
        family.add_metric(list(row[:-1]), row[-1])
    return family
