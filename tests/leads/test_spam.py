"""Spam is held and answered like anything else; patients are not held."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, select, text

from contract.directory import Span
from leads import form, holds, tables
from leads.__main__ import main
from leads.app import acceptor_of
from leads.holds import Releaser
from leads.scope import scoped
from leads.spam.judge import Circumstances, Judge, release_at, verdict
from leads.spam.signals import RATES, WEIGHTS
from plumbing.database import connect
from plumbing.shared_counts import SharedCounts
from tests.builders import WEEKDAYS, a_clinic, a_directory, a_form, a_location
from tests.leads.conftest import Leads, a_reader
from tests.leads.test_accept import reference, rows

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)  # a Tuesday, noon in Los Angeles
SPAM = (
    "Get SEO services and backlinks for your website https://buy.example.com "
    "http://two.example.com www.three.example.com"
)


def judged(came: Circumstances | None = None, judge: Judge | None = None, **changes: str):
    request = form.parse(a_form(**changes), a_clinic(), now=NOW)
    assert not isinstance(request, list), request
    judge = judge or Judge(SharedCounts(None, key=b"k"))
    return judge.judge("envista", request, came or Circumstances())


@pytest.mark.parametrize("sign", WEIGHTS)
def test_no_single_sign_holds(sign: str) -> None:
    assert not verdict({sign}).held


def test_rates_alone_never_hold() -> None:
    assert not verdict(set(RATES)).held


def test_obvious_spam_is_held_and_the_reasons_are_kept() -> None:
    assert judged(message=SPAM).held
    assert judged(message=SPAM).reasons == ("many_links", "selling_much")
    assert judged(topic_code="x", message="see http://a.example.com").held
    assert judged(name="Anna http://a.xyz", message="[url=http://x]hello[/url]").held


@pytest.mark.parametrize(
    ("changes", "signs"),
    [
        ({"message": "My MRI is at https://scans.example.org/abc"}, ("link",)),
        ({"name": "Ольга Петрова", "message": "У меня болит спина"}, ("other_script",)),
        ({"name": "Ольга Петрова", "message": "У меня болит", "speaks": "ru"}, ()),
        ({"name": "王小明", "message": "My knee hurts"}, ()),
        ({"name": "Zoë O'Brien-Muñoz", "message": "Me duele la espalda"}, ()),
        ({"message": "write me at me@example.com or my son at son@example.org"}, ()),
        ({"message": "Ηello Μy bаck hurts"}, ("mixed_scripts",)),
        ({"topic_code": "filled by a password manager"}, ("trap",)),
        ({"message": "Do you do website design? Joking. L4 and L5 hurt."}, ("selling",)),
    ],
)
def test_what_patients_write_is_not_held(changes: dict[str, str], signs: tuple[str, ...]) -> None:
    found = judged(**changes)
    assert found.reasons == signs
    assert not found.held


def test_none_of_two_thousand_plain_requests_is_held() -> None:
    choose = random.Random(7)
    judge = Judge(SharedCounts(None, key=b"k"))
    pains = ("back", "neck", "left knee", "hip", "shoulder", "espalda", "cuello")
    since = ("since Monday", "for 3 weeks", "after work", "desde ayer", "when I sit")
    ask = ("Can I come in?", "Do you take Medicare?", "Please call after 5.", "¿Puedo ir hoy?", "")
    held = [
        number
        for number in range(2000)
        if judged(
            judge=judge,
            came=Circumstances(sender="8.8.8.8/32", took_s=choose.choice([1.0, 20.0, 90.0])),
            name=choose.choice(("Ana Ruiz", "Li Wei", "Sam O'Neil", "Фёдор", "José Ángel Peña")),
            phone=f"(661) 555-01{choose.randrange(100):02}",
            message=f"My {choose.choice(pains)} hurts {choose.choice(since)}. {choose.choice(ask)}",
        ).held
    ]
    assert held == []


def test_the_same_long_words_to_many_clinics_are_a_sign() -> None:
    judge = Judge(SharedCounts(None, key=b"k"))
    request = form.parse(a_form(message="Call me back today."), a_clinic(), now=NOW)
    long = form.parse(a_form(message="We can help your practice grow. " * 3), a_clinic(), now=NOW)
    assert not isinstance(request, list)
    assert not isinstance(long, list)
    found = [judge.judge(f"c{n}", long, Circumstances()).reasons for n in range(4)]
    assert found == [(), (), ("same_words_elsewhere",), ("same_words_elsewhere",)]
    judge = Judge(SharedCounts(None, key=b"k"))
    short = [judge.judge(f"c{n}", request, Circumstances()).reasons for n in range(4)]
    assert short == [()] * 4


def test_a_held_request_is_answered_like_success_and_alerts_nobody(leads: Leads) -> None:
    message = f"{SPAM} one"
    told = reference(leads.post(a_form(message=message)))
    [row] = rows(leads, message)
    assert (row["reference"], row["state"]) == (told, "held")
    assert row["suspicions"] == ["many_links", "selling_much"]
    assert events(leads, row) == [("lead.held.v1", "held")]


def events(leads: Leads, row: dict) -> list[tuple[str, object]]:
    """(name, state or released) of each event about a lead, oldest first."""
    outbox = tables.outbox.c
    with leads.engine.connect() as connection:
        found = connection.execute(
            select(outbox.name, outbox.data)
            .where(outbox.data["lead_id"].astext == str(row["id"]))
            .order_by(outbox.at, outbox.name.desc())
        ).all()
    return [(name, data.get("state", data.get("released"))) for name, data in found]


@pytest.fixture
def jobs(migrated: str) -> Iterator[Engine]:
    engine = connect(migrated.replace("leads_app@", "leads_jobs@"), name="tests-jobs")
    yield engine
    engine.dispose()


def a_releaser(leads: Leads, jobs: Engine) -> Releaser:
    directory = a_reader(leads.settings.state_dir, a_directory())
    return Releaser(jobs, acceptor_of(leads.settings, jobs).confirming, directory)


def make_due(leads: Leads, row: dict) -> None:
    with leads.engine.begin() as connection:
        connection.execute(
            text("UPDATE lead_hold SET release_at = now() WHERE lead_id = :id"), {"id": row["id"]}
        )


def test_what_nobody_looks_at_is_released_and_alerted(leads: Leads, jobs: Engine) -> None:
    message = f"{SPAM} two"
    leads.post(a_form(message=message))
    [row] = rows(leads, message)
    releaser = a_releaser(leads, jobs)
    assert releaser.one_pass() == 0
    make_due(leads, row)
    assert releaser.one_pass() == 1
    assert releaser.one_pass() == 0
    [row] = rows(leads, message)
    assert row["state"] == "new"
    assert events(leads, row) == [
        ("lead.held.v1", "held"),
        ("lead.held.v1", "released"),
        ("lead.accepted.v1", True),
    ]


def test_two_who_release_at_once_alert_once(leads: Leads, engine: Engine, jobs: Engine) -> None:
    message = f"{SPAM} three"
    leads.post(a_form(message=message))
    [row] = rows(leads, message)
    make_due(leads, row)
    releaser = a_releaser(leads, jobs)
    confirming = acceptor_of(leads.settings, engine).confirming
    with scoped(engine, ["envista"]) as scope:
        released = partial(
            holds.release, scope, row["id"], actor="operator", confirming=confirming, directory=None
        )
        assert released()
        assert not released()
    assert releaser.one_pass() == 0
    assert [name for name, _ in events(leads, row)].count("lead.accepted.v1") == 1


def test_the_operator_lists_releases_and_marks(
    leads: Leads, migrated: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("leads.__main__.Settings.from_env", lambda *_, **__: leads.settings)
    monkeypatch.setattr("leads.__main__.configure_logs", lambda _name: None)
    told = [reference(leads.post(a_form(message=f"{SPAM} op {n}"))) for n in range(2)]
    assert main(["held", "list", "--clinic", "envista"]) == 0
    listed = capsys.readouterr().out
    assert f"{told[0][:4]} {told[0][4:]}" in listed
    assert "many_links, selling_much" in listed
    assert main(["held", "release", told[0], "--clinic", "envista"]) == 0
    assert main(["held", "spam", f"{told[1][:4]}{told[1][4:]}", "--clinic", "envista"]) == 0
    assert main(["held", "release", told[1], "--clinic", "envista"]) == 1
    assert "no held request" in capsys.readouterr().out
    assert rows(leads, f"{SPAM} op 0")[0]["state"] == "new"
    assert rows(leads, f"{SPAM} op 1")[0]["state"] == "spam"


@pytest.mark.parametrize(
    ("received", "released"),
    [  # open 9 to 17, Monday to Friday, in Los Angeles
        ("2026-11-24T20:00", "2026-11-25T20:00"),  # Tuesday noon: Wednesday noon
        ("2026-11-25T08:00", "2026-11-26T01:00"),  # Tuesday midnight: Wednesday 5 pm
        ("2026-11-28T20:00", "2026-12-01T01:00"),  # Saturday: Monday 5 pm
    ],
)
def test_one_open_day_is_what_the_location_is_open(received: str, released: str) -> None:
    at = datetime.fromisoformat(received).replace(tzinfo=UTC)
    location = a_location(hours=WEEKDAYS)
    assert release_at(location, at) == datetime.fromisoformat(released).replace(tzinfo=UTC)


def test_a_location_that_never_opens_releases_after_a_day() -> None:
    nothing: tuple[Span, ...] = ()
    assert release_at(a_location(hours=(nothing,) * 7), NOW) == NOW + timedelta(days=1)
