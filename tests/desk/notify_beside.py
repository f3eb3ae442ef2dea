"""A notify beside the desk: its own database, its own web server, captured messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, text

from contract.directory import Directory
from notify.alertfile import load_book
from notify.alertfiles import AlertFiles
from notify.parts import Parts, build
from notify.settings import Settings
from notify.tables import METADATA, message
from notify.web import create_app
from plumbing.database import connect
from tests.notify.builders import an_environment
from tests.serving import served

FILE = """
[contacts.maria]
name = "Maria Ortega"
email = "maria@envista.example"
sms = "+15595550101"
speaks = ["en", "es"]
quiet = ["21:00-07:00"]
[contacts.omar]
name = "Omar Reed"
email = "omar@envista.example"
[contacts.rosa]
name = "Rosa Diaz"
sms = "+15595550103"
[locations.shafter]
tell = ["maria", "omar"]
[locations."*"]
tell = ["omar"]
"""


@dataclass
class Notify:
    """The service; `url`: where it listens."""

    url: str
    parts: Parts
    settings: Settings

    def write_file(self, words: str = FILE, clinic: str = "envista") -> None:
        """The clinic's alerts file, and what is in it loaded."""
        (self.settings.alerts_dir / f"{clinic}.toml").write_text(words)
        self.load()

    def load(self) -> None:
        assert load_book(self.settings.alerts_dir).problems == ()
        AlertFiles(self.settings.alerts_dir, self.parts.engine, self.parts.reader).load()

    def rows(self, sql: str) -> list:
        with self.parts.engine.connect() as connection:
            return list(connection.execute(text(sql)).all())

    def send_all(self) -> None:
        """What a worker does."""
        with self.parts.engine.connect() as connection:
            ids = list(connection.scalars(select(message.c.id).where(message.c.state == "queued")))
        for message_id in ids:
            self.parts.delivery.send(message_id)


@contextmanager
def notify_beside(
    folder: Path, databases: tuple[str, str], directory: Directory, *, desk_url: str
) -> Iterator[Notify]:
    owner, app = databases
    engine = connect(owner, name="empty")
    with engine.begin() as connection:
        names = ", ".join(METADATA.tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()
    folder.mkdir(exist_ok=True)
    public_port = desk_url.rpartition(":")[2]
    settings = Settings.from_env(
        an_environment(
            folder,
            NOTIFY_DATABASE_URL=app,
            PUBLIC_PORT=public_port if public_port.isdigit() else "8000",
        )
    )
    parts = build(settings, process="test", pool_size=8)
    parts.reader.current = directory
    with served(create_app(settings, parts)) as port:
        yield Notify(url=f"http://127.0.0.1:{port}", parts=parts, settings=settings)
    parts.engine.dispose()
