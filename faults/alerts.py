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
from bench.progress import progress
from bench.rig import Rig, a_rig
from faults.late import LATE_S, SETTLE_S, Told, first_messages
from faults.stages import stages
from faults.weather import HANG_S, Weather, Window
from tests.providers import twilio_server
from tests.system.ledgers import MailLedger
from tests.system.load import Patients
from tests.system.running import wait_until

SETTLED_WITHIN_S = 180
CALM_AFTER, CALM_S = 15, 20.0  # so many faults, then a time without any: all must leave in it
DOUBLES = 0.001  # of the mails: a mail server can neither be asked nor takes one id once
LEADS, FAULTS = 10_000, 300
SHOWN = 5  # of the slowest, stage by stage
BEFORE_S = 20.0  # so long before a request, faults are shown with it


@dataclass
class Verdict:
    """What the three ledgers say together."""

    told: int = 0
    refused: int = 0
    lost: list[str] = field(default_factory=list)  # told and not stored
    unsettled: list[str] = field(default_factory=list)  # told, and a provider lacks its message
    late: list[Told] = field(default_factory=list)
    doubled_mails: int = 0  # though the server had said that it has the mail
    excused_mails: int = 0  # because its answer was lost
    doubled_texts: int = 0
    lost_answers: int = 0  # to mails that the server has
    calm_s: float = 0.0  # the longest that a message lay still with nothing on its way wrong
    waited_s: list[float] = field(default_factory=list)  # since it was received, in order


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
            beside=f"slowest {verdict.calm_s:.1f} s",
        ),
        Figure(
            what="from a request to its message, whatever broke, p50",
            value=share(verdict.waited_s, 0.5),
            unit="s",
            beside=f"p99 {share(verdict.waited_s, 0.99):.1f} s, the longest "
            f"{share(verdict.waited_s, 1):.1f} s",
        ),
        Figure(what="texts sent twice", value=verdict.doubled_texts, unit="", at_most=0),
        Figure(
            what="mails sent twice that were answered",
            value=verdict.doubled_mails / max(verdict.told, 1),
            unit="of one",
            at_most=max(DOUBLES, 1 / max(verdict.told, 1)),
            beside=f"{verdict.doubled_mails} mails; "
            f"{verdict.excused_mails} more of {verdict.lost_answers} whose answer was lost",
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
        with progress("faults", of=faults) as said:
            while struck < faults or sum(len(group.told) for group in groups) < leads:
                time.sleep(1)
                if struck < faults:
                    weather.strike()
                    struck += 1
                    said(struck)
                    if struck % CALM_AFTER == 0:
                        time.sleep(CALM_S)
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
    stored = rig.stored()
    verdict = Verdict(told=len(told))
    verdict.lost = sorted(told - stored.keys())
    verdict.unsettled = sorted(unsettled(rig, told))
    # a copy has the same Message-ID, or the very same words: each alert says its own reference
    excused = Counter(rig.mails.unanswered)  # nobody could know that the server had it
    taken = Counter(mail.id for mail in rig.mails.taken)
    verdict.doubled_mails = (taken - excused - Counter(list(taken))).total()
    verdict.lost_answers = excused.total()
    verdict.excused_mails = copies(taken.elements()) - verdict.doubled_mails
    verdict.doubled_texts = copies(words for _at, words in rig.texts.times)
    for words, count in Counter(words for _at, words in rig.texts.times).items():
        if count > 1:
            print(f"{count} times: {words}", flush=True)
    doubtful = in_doubt(rig)
    messages = first_messages(rig, told)
    verdict.waited_s = sorted(one.waited_s for one in messages)
    calm = {one: one.calm_s(windows) for one in messages}
    verdict.calm_s = max(calm.values(), default=0.0)
    verdict.late = [
        one
        for one in messages
        if calm[one] > LATE_S + (SETTLE_S if (one.reference, one.channel) in doubtful else 0)
    ]
    show(rig, verdict.unsettled[:SHOWN])
    slowest = sorted(messages, key=calm.__getitem__)[-SHOWN:]
    for one in {told.reference: told for told in [*verdict.late[:SHOWN], *slowest]}.values():
        show(rig, [one.reference])
        for window in windows:
            if window.end > one.stored - BEFORE_S and window.start < one.at:
                since, until = window.start - one.stored, window.end - one.stored
                print(f"  {since:9.2f} s to {until:.2f} s: {window.what}", flush=True)
    return verdict


def show(rig: Rig, references: list[str]) -> None:
    for lines in stages(rig, references).values():
        print("\n".join(lines), flush=True)


def share(ordered: list[float], part: float) -> float:
    """The value that `part` of them do not exceed; 0 without any."""
    return ordered[round(part * (len(ordered) - 1))] if ordered else 0.0


def copies(keys: Iterable[str]) -> int:
    return sum(count - 1 for count in Counter(keys).values())


def in_doubt(rig: Rig) -> set[tuple[str, str]]:
    """Reference and channel of which an attempt's outcome was unknown for a while."""
    with psycopg.connect(rig.copy.settings()["NOTIFY_DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT DISTINCT a.reference, detail ->> 'channel'"
            " FROM audit JOIN alert a ON a.id = audit.alert_id WHERE what = 'message unknown'"
        ).fetchall()
    return {(reference, channel) for reference, channel in rows}
