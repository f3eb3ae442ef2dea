"""Every request that was told "sent" is settled, once, whatever breaks meanwhile.

Patients write while one random fault after another hits a copy: its processes, Redis, the
providers.  One checker compares three ledgers: what patients were told, the rows, and what the
fake providers took.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.figures import Figure
from bench.rig import Rig, a_rig
from faults.weather import HANG_S, Weather, Window
from tests.providers import twilio_server
from tests.system.ledgers import MailLedger
from tests.system.load import Patients
from tests.system.running import wait_until

LATE_S = 15.0  # after the end of the fault
SETTLE_S = 20.0  # more, where nobody knows whether the provider has it
SETTLED_WITHIN_S = 180
DOUBLES = 0.001  # of the mails: a mail server can neither be asked nor takes one id once
LEADS, FAULTS = 10_000, 300


@dataclass
class Verdict:
    """What the three ledgers say together."""

    told: int = 0
    refused: int = 0
    lost: list[str] = field(default_factory=list)  # told and not stored
    unsettled: list[str] = field(default_factory=list)  # told, and a provider lacks its message
    late: list[tuple[str, float]] = field(default_factory=list)
    doubled_mails: int = 0
    doubled_texts: int = 0
    slowest_s: float = 0.0


def measure(*, quick: bool, seed: int) -> list[Figure]:
    if quick:
        return run(leads=20, faults=3, every_s=2.0, seed=seed)
    return run(leads=LEADS, faults=FAULTS, every_s=0.3, seed=seed)


def run(*, leads: int, faults: int, every_s: float, seed: int) -> list[Figure]:
    """`every_s`: how often each clinic is written to."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        verdict, windows = storm(Path(name), leads=leads, faults=faults, every_s=every_s, seed=seed)
    what = Counter(window.what.split()[0] for window in windows)
    return [
        Figure(
            what="requests told sent",
            value=verdict.told,
            unit="",
            beside=f"{len(windows)} faults ({dict(what)}), {verdict.refused} tries not told",
        ),
        Figure(what="told and not stored", value=len(verdict.lost), unit="", at_most=0),
        Figure(what="unsettled", value=len(verdict.unsettled), unit="", at_most=0),
        Figure(
            what=f"messages late by more than {LATE_S:g} s after the fault",
            value=len(verdict.late),
            unit="",
            at_most=0,
            beside=f"slowest {verdict.slowest_s:.1f} s",
        ),
        Figure(what="texts sent twice", value=verdict.doubled_texts, unit="", at_most=0),
        Figure(
            what="mails sent twice",
            value=verdict.doubled_mails / max(verdict.told, 1),
            unit="of one",
            at_most=max(DOUBLES, 1 / max(verdict.told, 1)),
            beside=f"{verdict.doubled_mails} mails",
        ),
    ]


def storm(
    folder: Path, *, leads: int, faults: int, every_s: float, seed: int
) -> tuple[Verdict, list[Window]]:
    """`faults` faults while about `leads` requests arrive."""
    mails, texts = MailLedger(hang_s=HANG_S), Texting()
    with (
        a_rig(
            folder, clinics=3, mails=mails, texting=texts, NOTIFY_TEXTS_PER_CLINIC="1000000"
        ) as rig,
        ExitStack() as all_,
    ):
        weather = Weather(copy=rig.copy, seed=seed)
        mails.fault, texts.weather = weather.mail, weather
        groups = [
            all_.enter_context(
                Patients(copy=rig.copy, host=host, locations=rig.group.locations,
                         every_s=every_s, seed=seed * 10 + n)
            )
            for n, host in enumerate(rig.group.hosts)
        ]  # fmt: skip
        struck = 0
        while struck < faults or sum(len(group.told) for group in groups) < leads:
            time.sleep(1)
            if struck < faults:
                weather.strike()
                struck += 1
        all_.close()  # the last patients get their answers
        told = {reference for group in groups for reference in group.told}
        wait_until(lambda: not unsettled(rig, told), seconds=SETTLED_WITHIN_S)
        verdict = judge(rig, told, weather.windows)
        verdict.refused = sum(group.refused for group in groups)
        return verdict, weather.windows


class Texting(twilio_server.Ledger):
    """The text provider, in the weather that there is."""

    weather: Weather | None = None

    def next_fault(self) -> str:
        fault = self.weather.text() if self.weather else ""
        return {"": "ok", "cut": "reset", "slow": "unavailable"}.get(fault, fault)


def unsettled(rig: Rig, told: set[str]) -> set[str]:
    """Those of which a provider lacks the mail or the text."""
    mailed, texted = by_channel(rig)
    return {reference for reference in told if not (mailed[reference] and texted[reference])}


def by_channel(rig: Rig) -> tuple[Counter[str], Counter[str]]:
    """Reference -> how many mails and texts about it a provider took."""
    mailed = Counter(mail.reference for mail in list(rig.mails.taken))
    taken = rig.taken()
    every = Counter({reference: len(times) for reference, times in taken.items()})
    return mailed, every - mailed


def judge(rig: Rig, told: set[str], windows: list[Window]) -> Verdict:
    stored, taken = rig.stored(), rig.taken()
    verdict = Verdict(told=len(told))
    verdict.lost = sorted(told - stored.keys())
    verdict.unsettled = sorted(unsettled(rig, told))
    # a copy has the same Message-ID, or the very same words: each alert says its own reference
    verdict.doubled_mails = copies(mail.id for mail in rig.mails.taken)
    verdict.doubled_texts = copies(words for _at, words in rig.texts.times)
    doubtful = in_doubt(rig)
    for reference in told & stored.keys() & taken.keys():
        patience_s = LATE_S + (SETTLE_S if reference in doubtful else 0)
        for at in taken[reference]:
            waited_s = at - free_since(stored[reference], at, windows)
            verdict.slowest_s = max(verdict.slowest_s, waited_s)
            if waited_s > patience_s:
                verdict.late.append((reference, waited_s))
    return verdict


def copies(keys: Iterable[str]) -> int:
    return sum(count - 1 for count in Counter(keys).values())


def free_since(stored: float, at: float, windows: list[Window]) -> float:
    """When the way was clear: the end of the last fault between `stored` and `at`."""
    ends = [min(w.end, at) for w in windows if w.start <= at and w.end >= stored]
    return max([stored, *ends])


def in_doubt(rig: Rig) -> set[str]:
    """References of which an attempt's outcome was unknown for a while."""
    with psycopg.connect(rig.copy.settings()["NOTIFY_DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT DISTINCT a.reference FROM audit JOIN alert a ON a.id = audit.alert_id"
            " WHERE what = 'message unknown'"
        ).fetchall()
    return {row[0] for row in rows}
