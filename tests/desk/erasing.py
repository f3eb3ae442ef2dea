"""What tests of erasing share: two services and the way between them, and a look at every row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, select, text

from contract.events import Envelope
from leads import tables
from leads.events import event_inbox
from leads.privacy.sweeping import Sweeper
from leads.replies import Keeping, clinics_with_leads
from notify.tables import outbox as notify_outbox
from plumbing import outbox
from plumbing.spool import Spool
from tests.builders import a_clinic, a_directory
from tests.desk.conftest import Build, DeskUnderTest, jobs_of, the_directory
from tests.desk.notify_beside import Notify, notify_beside


@dataclass
class Both:
    """leads and notify on databases of their own."""

    desk: DeskUnderTest
    notify: Notify
    jobs: Engine  # of leads' background jobs

    def carry(self) -> None:
        """All that waits, both ways, until nothing does."""
        inbox = event_inbox(
            self.jobs,
            Keeping(
                event_keys=self.desk.settings.event_keys,
                seal_keys=self.desk.settings.seal_keys,
                hash_key=self.desk.settings.hash_key,
                clinics=clinics_with_leads,
            ),
            the_directory,
        )
        for _ in range(5):
            there = waiting(self.desk.engine, tables.outbox)
            confirm(self.desk.engine, tables.outbox, self.notify.parts.inbox.take_all(there))
            back = waiting(self.notify.parts.engine, notify_outbox)
            confirm(self.notify.parts.engine, notify_outbox, inbox.take_all(back))
        assert waiting(self.desk.engine, tables.outbox) == []
        assert waiting(self.notify.parts.engine, notify_outbox) == []

    def sweep(self) -> None:
        """What the relay of leads does."""
        spool = Spool(self.desk.settings.spool_dir, self.desk.settings.seal_keys)
        Sweeper(self.jobs, spool).one_pass()

    def stored(self) -> str:
        """Every row of both databases, as text; bytes as hex."""
        return everything_in(self.desk.engine) + everything_in(self.notify.parts.engine)


def waiting(engine: Engine, table: object) -> list[Envelope]:
    with engine.connect() as connection:
        rows = connection.execute(
            select(table).where(table.c.confirmed_at.is_(None)).order_by(table.c.at)
        )
        return [
            Envelope(id=row.id, name=row.name, at=row.at, data=row.data, sealed=row.sealed)
            for row in rows
        ]


def confirm(engine: Engine, table: object, ids: list) -> None:
    with engine.begin() as connection:
        outbox.confirm(connection, table, ids)


def everything_in(engine: Engine) -> str:
    """Vacuumed before, as a superuser: nothing is hidden, no old version is left."""
    url = engine.url.set(username="postgres")
    superuser = create_engine(url, isolation_level="AUTOCOMMIT")
    with superuser.connect() as connection:
        connection.execute(text("VACUUM FULL"))
        names = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        rows = [
            row
            for name in names
            for row in connection.scalars(text(f'SELECT t::text FROM "{name}" AS t'))  # noqa: S608
        ]
    superuser.dispose()
    return "\n".join(rows)


@contextmanager
def two_services(build: Build, notify_databases: tuple[str, str], folder: Path) -> Iterator[Both]:
    """A desk whose clinic confirms requests to patients, and the notify that it asks."""
    directory = a_directory(
        a_clinic(confirmations=("text", "email")), a_clinic("kosak", hosts=("kosak.example",))
    )
    with notify_beside(
        folder / "notify",
        notify_databases,
        directory=directory,
        desk_url="http://desk.localhost:8000",
    ) as notify:
        notify.write_file()
        desk = build(
            demo=True,
            directory=directory,
            notify_url=notify.url,
            event_keys=notify.settings.event_keys,
        )
        engine = jobs_of(desk.settings.database_url)
        yield Both(desk=desk, notify=notify, jobs=engine)
        engine.dispose()
