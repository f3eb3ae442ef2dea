"""What a stranger sees at the desk of a copy on the own machine."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from leads import tables
from leads.app import acceptor_of
from leads.demo import DAYS, DemoHistory
from plumbing.database import connect
from tests.desk.conftest import DeskUnderTest, the_directory, words
from tests.leads.conftest import a_reader


def test_sixty_days_are_made_up_once_flagged_and_alert_nobody(
    desk: DeskUnderTest, database: str, tmp_path: Path
) -> None:
    engine = connect(database.replace("leads_app@", "leads_jobs@"), name="jobs")
    reader = a_reader(tmp_path, the_directory())
    made = DemoHistory(engine, acceptor_of(desk.settings, engine), reader).one_pass()
    again = DemoHistory(engine, acceptor_of(desk.settings, engine), reader).one_pass()
    engine.dispose()
    lead = tables.lead.c
    with desk.engine.connect() as connection:
        total, flagged, oldest, newest, called = connection.execute(
            select(
                func.count(),
                func.count().filter(lead.demo),
                func.min(lead.received_at),
                func.max(lead.received_at),
                func.count(lead.contacted_at),
            )
        ).one()
        assert connection.scalar(select(func.count()).select_from(tables.outbox)) == 0
    assert again == 0
    assert total == flagged == made > 60
    assert datetime.now(UTC) - oldest > timedelta(days=DAYS - 10)
    assert newest < datetime.now(UTC)
    assert called > 0.8 * total
    ana = desk.arrive("ana@envista.example", "manager", "envista")
    assert "Made up" in words(ana.page("/"))
    assert "Half were called within" in words(ana.page("/report?days=60"))
