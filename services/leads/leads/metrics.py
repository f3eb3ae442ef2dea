"""Numbers about leads, read from the rows when Prometheus asks: no clinic, no person.

The relay shows them: its role may count the leads of all clinics.
"""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, MetaData, func, select
from sqlalchemy.exc import SQLAlchemyError

from contract.events import SYNTHETIC
from leads.privacy.keeping import due
from leads.privacy.retention import Retention
from plumbing import outbox
from plumbing.spool import Spool


class LeadMetrics(Collector):
    def __init__(self, engine: Engine, metadata: MetaData) -> None:
        self._engine = engine
        self._lead = metadata.tables["lead"]

    def describe(self) -> list[Metric]:
        return []  # so that registering does not ask the database

    def collect(self) -> Iterator[Metric]:
        try:
            with self._engine.begin() as connection:
                leads = connection.scalar(
                    select(func.count()).where(self._lead.c.clinic != SYNTHETIC)
                )
                waiting = outbox.oldest_waiting_s(connection)
        except SQLAlchemyError:
            yield GaugeMetricFamily("leads_database_up", "1 when the database answers", 0)
            return
        yield GaugeMetricFamily("leads_database_up", "1 when the database answers", 1)
        yield GaugeMetricFamily("leads_stored", "Leads in the database", leads)
        yield GaugeMetricFamily(
            "leads_outbox_oldest_seconds",
            "Age of the oldest unconfirmed event",
            waiting,
        )


class SpoolMetrics(Collector):
    """Of this host's spool."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def collect(self) -> Iterator[Metric]:
        standing = self._spool.standing()
        yield GaugeMetricFamily(
            "leads_spool_waiting",
            "Requests on disk that the database has not taken yet",
            standing.waiting,
        )
        yield GaugeMetricFamily(
            "leads_spool_oldest_seconds", "Age of the oldest of them", standing.oldest_s
        )
        yield GaugeMetricFamily(
            "leads_spool_set_aside", "Requests on disk that could not be stored", standing.aside
        )


class KeepMetrics(Collector):
    """Of deleting by age: that it runs, and that nothing is left which should be gone."""

    def __init__(self, engine: Engine, retention: Retention) -> None:
        self._engine = engine
        self._retention = retention

    def describe(self) -> list[Metric]:
        return []  # so that registering does not ask the database

    def collect(self) -> Iterator[Metric]:
        last = self._retention.last_run
        yield GaugeMetricFamily(
            "leads_retention_last_run_timestamp_seconds",
            "When deleting by age last went to its end; 0: not since this process started",
            last.timestamp() if last else 0,
        )
        yield GaugeMetricFamily(
            "leads_retention_deleted", "Rows that it deleted then", self._retention.deleted
        )
        try:
            with self._engine.begin() as connection:
                left = due(connection, self._retention.clinics)
        except SQLAlchemyError:
            return  # leads_database_up says so
        yield GaugeMetricFamily("leads_retention_due", "Requests past their time", left)
