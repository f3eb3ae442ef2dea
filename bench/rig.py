"""A copy with many clinics that tells fake providers, and patients who write at a steady rate."""

import http.client
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from tests.builders import a_form
from tests.providers import twilio_server
from tests.system.clinics import Group, a_group
from tests.system.ledgers import MailLedger, mail_server
from tests.system.running import Copy, running_copy, wait_until

SENDERS = 16
PAST_WITHIN_S = 120
RESTARTED_WITHIN_S = 60
RECEIVED = "SELECT reference, extract(epoch FROM received_at)::float8 FROM lead"
COMMITTED = """
    SELECT reference, min(extract(epoch FROM pg_xact_commit_timestamp(lead_event.xmin)))::float8
    FROM lead JOIN lead_event ON lead_event.lead_id = lead.id GROUP BY reference
"""  # a lead's row changes later, its first event was written with it and stays
IN_A_TEXT = re.compile(r"\b([A-Z0-9]{4}) ([A-Z0-9]{4})\b")


@dataclass
class Rig:
    """What runs, and what the providers have."""

    copy: Copy
    group: Group
    mails: MailLedger
    texts: twilio_server.Ledger
    mail_port: int
    notes_commits: bool = False

    def taken(self) -> dict[str, list[float]]:
        """Reference -> when each message about it was taken, in seconds since 1970."""
        found: dict[str, list[float]] = {}
        for mail in list(self.mails.taken):
            found.setdefault(mail.reference, []).append(mail.at)
        for at, words in list(self.texts.times):
            if match := IN_A_TEXT.search(words):
                found.setdefault("".join(match.groups()), []).append(at)
        return found

    def has_past(self) -> bool:
        """The demo's made-up requests are all there: making them is no part of what is measured."""
        with psycopg.connect(self.copy.settings()["LEADS_JOBS_DATABASE_URL"]) as connection:
            row = connection.execute("SELECT EXISTS (SELECT FROM lead WHERE demo)").fetchone()
        return bool(row and row[0])

    def stored(self) -> dict[str, float]:
        """Reference -> when it was stored, in seconds since 1970: its transaction's commit where
        those are noted, else its start.
        """
        with psycopg.connect(self.copy.superuser_url("leads")) as connection:
            rows = connection.execute(COMMITTED if self.notes_commits else RECEIVED).fetchall()
        return dict(rows)

    def note_commits(self) -> None:
        """PostgreSQL keeps the time of each commit; it is started anew for that."""
        with psycopg.connect(self.copy.superuser_url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        self.copy.signal("postgres", signal.SIGINT)
        self.notes_commits = wait_until(self._keeps_commits, seconds=RESTARTED_WITHIN_S)
        assert self.notes_commits, "PostgreSQL did not come back"

    def _keeps_commits(self) -> bool:
        try:
            with psycopg.connect(self.copy.superuser_url("postgres")) as connection:
                row = connection.execute("SHOW track_commit_timestamp").fetchone()
        except psycopg.OperationalError:
            return False
        return row == ("on",)


@contextmanager
def a_rig(
    folder: Path,
    *,
    clinics: int,
    texts: bool = True,
    mails: MailLedger | None = None,
    texting: twilio_server.Ledger | None = None,
    commits: bool = False,
    **environ: str,
) -> Iterator[Rig]:
    """Everything in `folder`, stopped at the end.  `commits`: when each was is noted."""
    group = a_group(folder, clinics=clinics, texts=texts)
    mails, texting = mails or MailLedger(), texting or twilio_server.Ledger()
    with ExitStack() as stack:
        mail_port = stack.enter_context(mail_server(mails))
        text_port = stack.enter_context(twilio_server.serving(texting))
        told = {
            "CLINICS_DIR": str(group.clinics_dir),
            "ALERTS_DIR": str(group.alerts_dir),
            "NOTIFY_EMAIL_PROVIDERS": f"smtp://127.0.0.1:{mail_port}/?from=alerts@clinics.example",
            "NOTIFY_SMS_PROVIDERS": f"twilio://AC1:secret@127.0.0.1:{text_port}/"
            "?from=%2B15595550100&scheme=http",
        }
        copy = stack.enter_context(running_copy(folder / "data", **told | environ))
        rig = Rig(copy=copy, group=group, mails=mails, texts=texting, mail_port=mail_port)
        assert wait_until(rig.has_past, seconds=PAST_WITHIN_S)
        if commits:
            rig.note_commits()
        yield rig


@dataclass
class Patients:
    """Send requests at fixed times, whatever becomes of the earlier ones (open loop)."""

    rig: Rig
    run: int  # a number that makes these requests unlike those of another run
    hosts: tuple[str, ...] = ()  # of the clinics that are written to, in turn; all if none
    told: list[str] = field(default_factory=list)  # references
    took_ms: list[float] = field(default_factory=list)  # from the set time to the answer
    refused: int = 0
    said: Callable[[float], object] = lambda _count: None  # is told how many were answered
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, *, rate: float, seconds: float) -> None:
        start = time.monotonic()
        threads = [
            threading.Thread(target=self._send_some, args=(start, rate, int(rate * seconds), n))
            for n in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _send_some(self, start: float, rate: float, count: int, first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.rig.copy.port, timeout=20)
        for number in range(first, count, SENDERS):
            time.sleep(max(0.0, start + number / rate - time.monotonic()))
            told = self._send_one(connection, number)
            with self._lock:
                self.took_ms.append((time.monotonic() - start - number / rate) * 1000)
                if told:
                    self.told.append(told)
                else:
                    self.refused += 1
            self.said(len(self.took_ms))
        connection.close()

    def _send_one(self, connection: http.client.HTTPConnection, number: int) -> str | None:
        group = self.rig.group
        hosts = self.hosts or group.hosts
        fields = a_form(
            location=group.locations[number // len(hosts) % len(group.locations)],
            message=f"{self.run} {number}",
            phone=f"(661) 555-{number % 10000:04}",
        )
        headers = {
            "Host": f"{hosts[number % len(hosts)]}:{self.rig.copy.port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection.request("POST", "/leads/requests", urlencode(fields), headers)
            answer = connection.getresponse()
            answer.read()
        except OSError:
            connection.close()
            return None
        except http.client.HTTPException:
            connection.close()
            return None
        found = re.search(r"ref=(\w+)", answer.headers.get("Location", ""))
        return found[1] if answer.status == 303 and found else None
