"""The key by which sealed things are found is changed while everything runs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select, text, update

from contract.events import PATIENT_REPLIED, Envelope, PatientReplied
from leads import rehash, replies, tables
from leads.__main__ import MIGRATIONS, main
from leads.api import keys as api_keys
from leads.app import acceptor_of, build_app
from leads.comments import store as comments
from leads.comments.form import Comment
from leads.desk import finding
from leads.drain import Drain
from leads.privacy.finding import Keys as PersonKeys
from leads.privacy.finding import found as stored_about
from leads.privacy.person import Person
from leads.receipt import Receipt, Receipts
from leads.scope import scoped
from leads.start import refuse_bad_start
from plumbing.database import connect
from plumbing.envelopes import seal_part
from plumbing.migrations import migrate
from plumbing.sealing import HashKey
from plumbing.spool import Spool
from tests.builders import a_clinic, a_directory, a_form
from tests.leads.conftest import Leads, a_reader, make_settings, write_release
from tests.servers import Postgres, a_key

OLD, NEW = a_key("old"), a_key("new")
CLINIC = a_clinic(confirmations=("email",), forms=("contact", "appointment", "comment"))
FORM = a_form(
    name="Ana Muñoz",
    email="ana@example.com",
    consent_email="1",
    consent_voicemail="1",
    message="the same words",
)


@dataclass
class Keyed(Leads):
    """`app`: the engine of the service itself."""

    app: Engine


@pytest.fixture
def leads(postgres: Postgres, tmp_path) -> Iterator[Keyed]:
    """With the old key, on a database of its own."""
    owner, app_url = postgres.database("leads")
    migrate(owner, MIGRATIONS)
    settings = make_settings(tmp_path, database_url=app_url)
    write_release(settings.sites_dir, "envista.example")
    everything = connect(app_url.replace("leads_app@", "postgres@"), name="tests-see")
    app = connect(app_url, name="tests-app")
    made = Keyed(client=None, engine=everything, settings=settings, app=app)  # type: ignore[arg-type]
    with_key(made, OLD)
    yield made
    everything.dispose()
    made.app.dispose()


@pytest.fixture
def engine(leads: Keyed) -> Iterator[Engine]:
    engine = connect(leads.settings.database_url, name="tests-rehash")
    yield engine
    engine.dispose()


def with_key(leads: Keyed, ring: str) -> None:
    """Start leads anew with other lines in the key file."""
    leads.app.dispose()
    leads.settings = replace(leads.settings, hash_key=HashKey.read(ring))
    leads.app = connect(leads.settings.database_url, name="tests-app")
    directory = a_reader(leads.settings.state_dir, a_directory(CLINIC))
    app = build_app(leads.settings, engine=leads.app, directory=directory)
    leads.client = app.test_client()


def told(leads: Keyed, **changes: str) -> str:
    answer = leads.post(FORM | changes)
    assert answer.status_code == 303, answer.text
    return answer.location.split("ref=")[1].split("&")[0]


def found(leads: Keyed, engine: Engine, query: str) -> list[str]:
    with scoped(engine, ["envista"]) as scope:
        rows = finding.found(scope, leads.settings.hash_key, query)
    return [row["reference"] for row in rows]


def hash_anew(leads: Keyed, engine: Engine) -> rehash.Progress:
    keys = rehash.Keys(seal=leads.settings.seal_keys, hash=leads.settings.hash_key)
    return list(rehash.rehash(engine, keys))[-1]


def test_the_same_request_across_the_change_is_one_lead_and_a_later_one_is_linked(
    leads: Keyed,
) -> None:
    first = told(leads)
    with_key(leads, f"{NEW}\n{OLD}")
    assert told(leads) == first
    with leads.engine.begin() as connection:
        connection.execute(text("UPDATE lead SET received_at = now() - interval '1 day'"))
    second = told(leads)
    assert second != first
    assert told(leads) == second
    with leads.engine.connect() as connection:
        rows = connection.execute(
            select(tables.lead.c.again, tables.lead.c.n, tables.lead.c.hash_key).order_by("n")
        )
        assert [tuple(row) for row in rows] == [(False, 0, "old"), (True, 1, "new")]


def test_without_the_old_key_the_same_request_would_be_two(leads: Keyed) -> None:
    """The guard of the test above: it is the old key that finds the first one."""
    first = told(leads)
    with_key(leads, NEW)
    assert told(leads) != first


@pytest.mark.parametrize("query", ["661 555 0199", "ana@example.com", "munoz", "mun", "Ana Muñoz"])
def test_everybody_is_found_before_while_and_after_all_is_hashed_anew(
    leads: Keyed, engine: Engine, query: str
) -> None:
    old = told(leads)
    with_key(leads, f"{NEW}\n{OLD}")
    new = told(leads, message="after the change")
    assert sorted(found(leads, engine, query)) == sorted([old, new])
    assert hash_anew(leads, engine).unreadable == 0
    assert sorted(found(leads, engine, query)) == sorted([old, new])
    with_key(leads, NEW)
    assert sorted(found(leads, engine, query)) == sorted([old, new])


def test_a_lead_that_was_hashed_anew_is_the_same_as_if_it_were_sent_now(
    leads: Keyed, engine: Engine
) -> None:
    first = told(leads)
    with_key(leads, f"{NEW}\n{OLD}")
    assert (hash_anew(leads, engine).done, hash_anew(leads, engine).done) == (1, 0)
    with_key(leads, NEW)
    assert told(leads) == first


def test_a_process_that_did_not_know_the_new_key_yet_stands_in_no_ones_way(
    leads: Keyed, engine: Engine
) -> None:
    with_key(leads, f"{NEW}\n{OLD}")
    told(leads)
    with_key(leads, OLD)
    told(leads)
    with_key(leads, f"{NEW}\n{OLD}")
    assert hash_anew(leads, engine).done == 1
    with leads.engine.connect() as connection:
        assert sorted(connection.scalars(select(tables.lead.c.n))) == [0, 1]
    told(leads)


def test_what_waited_on_disk_is_hashed_with_the_key_of_the_day_it_is_stored(
    leads: Keyed, engine: Engine
) -> None:
    spool = Spool(leads.settings.spool_dir, leads.settings.seal_keys)
    away = replace(leads.settings, database_url="postgresql://nobody@127.0.0.1:1/none")
    before, leads.settings = leads.settings, away
    with_key(leads, OLD)
    reference = told(leads)
    leads.settings = before
    with_key(leads, f"{NEW}\n{OLD}")
    again = told(leads)
    assert again != reference  # the new key makes another: the first is an alias of the lead
    acceptor = acceptor_of(leads.settings, engine)
    directory = a_reader(leads.settings.state_dir, a_directory(CLINIC))
    assert Drain(spool, acceptor, directory).one_pass() == 1
    with leads.engine.connect() as connection:
        assert list(connection.scalars(select(tables.lead.c.hash_key))) == ["new"]
    assert found(leads, engine, reference) == found(leads, engine, again) == [again]


def test_confirmations_stay_one_a_day_across_the_change(leads: Keyed) -> None:
    told(leads)
    with_key(leads, f"{NEW}\n{OLD}")
    told(leads, message="other words")
    with leads.engine.connect() as connection:
        names = list(connection.scalars(select(tables.outbox.c.name)))
    assert names.count("message.requested.v1") == 1


def test_an_idempotency_key_is_known_across_the_change(leads: Keyed) -> None:
    def create(message: str) -> object:
        return leads.client.post(
            "/leads/v1/requests",
            json=FORM | {"message": message},
            headers={"Idempotency-Key": "one-key-of-a-client"},
            base_url="http://envista.example",
        )

    first = create("by the API").json["reference"]
    with_key(leads, f"{NEW}\n{OLD}")
    assert create("by the API").json["reference"] == first
    assert create("something else").status_code == 422


def test_an_api_key_is_hashed_anew_when_it_is_used(leads: Keyed, engine: Engine) -> None:
    with scoped(engine, ["envista"]) as scope:
        shown = api_keys.make(scope, leads.settings.hash_key, clinic="envista", origins=())
    with_key(leads, f"{NEW}\n{OLD}")
    known = api_keys.Keys(engine, leads.settings.hash_key)
    assert known.find("envista", shown) is not None
    with leads.engine.connect() as connection:
        assert connection.scalar(select(tables.api_key.c.hash_key)) == "new"
    with_key(leads, NEW)
    assert api_keys.Keys(engine, leads.settings.hash_key).find("envista", shown) is not None


def test_a_thank_you_page_of_before_the_change_shows_its_reference(leads: Keyed) -> None:
    now = datetime.now(UTC)
    receipt = Receipt(
        clinic="envista",
        location="shafter",
        kind="contact",
        reference="K7QF2MPD",
        reply_by="phone",
        received_at=now,
    )
    token = Receipts(HashKey.read(OLD)).write(receipt)
    both, only_new = Receipts(HashKey.read(f"{NEW}\n{OLD}")), Receipts(HashKey.read(NEW))
    for receipts, shown in ((both, True), (only_new, False)):
        read = receipts.read(token, clinic="envista", reference="K7QF2MPD", now=now)
        assert (read is not None) == shown
    assert only_new.read(both.write(receipt), clinic="envista", reference="K7QF2MPD", now=now)


def test_the_same_comment_is_kept_once_before_while_and_after_all_is_hashed_anew(
    leads: Keyed, engine: Engine
) -> None:
    assert commented(leads, engine)
    with_key(leads, f"{NEW}\n{OLD}")
    assert not commented(leads, engine)
    assert hash_anew(leads, engine).unreadable == 0
    assert not commented(leads, engine)
    with_key(leads, NEW)
    assert not commented(leads, engine)
    assert commented(leads, engine, message="Something else.")


def test_the_same_comment_from_a_process_that_did_not_know_the_new_key_stands_in_no_ones_way(
    leads: Keyed, engine: Engine
) -> None:
    with_key(leads, f"{NEW}\n{OLD}")
    assert commented(leads, engine)
    with_key(leads, OLD)
    assert commented(leads, engine)
    with_key(leads, f"{NEW}\n{OLD}")
    assert (hash_anew(leads, engine).done, hash_anew(leads, engine).done) == (1, 0)
    assert not commented(leads, engine)


def test_comments_and_texts_of_a_person_are_found_throughout(leads: Keyed, engine: Engine) -> None:
    commented(leads, engine)
    event_id = uuid4()
    said = PatientReplied(message_id="SM1", clinic="envista", at=datetime.now(UTC).isoformat())
    texted(leads, engine, event_id, said)
    with_key(leads, f"{NEW}\n{OLD}")
    assert about(leads, engine) == (1, 1)
    assert hash_anew(leads, engine).unreadable == 0
    with_key(leads, NEW)
    assert about(leads, engine) == (1, 1)


def commented(leads: Keyed, engine: Engine, message: str = "Thank you.") -> bool:
    """Whether Ana's comment is new."""
    settings = leads.settings
    comment = Comment(article="/articles/a/", name="Ana", email="Ana@example.com", message=message)
    with scoped(engine, ["envista"]) as scope:
        return comments.add(
            scope, "envista", comment, keys=settings.seal_keys, hashes=settings.hash_key
        )


def texted(leads: Keyed, engine: Engine, event_id: UUID, said: PatientReplied) -> None:
    keeping = replies.Keeping(
        event_keys=leads.settings.event_keys,
        seal_keys=leads.settings.seal_keys,
        hash_key=leads.settings.hash_key,
        clinics=lambda _connection: ["envista"],
    )
    envelope = Envelope(
        id=event_id,
        name=PATIENT_REPLIED,
        at=datetime.now(UTC),
        data=said.to_json(),
        sealed=seal_part(
            keeping.event_keys, event_id, {"from": "+16615550199", "text": "thank you"}
        ),
    )
    with engine.begin() as connection:
        replies.patient_replied(connection, envelope, keeping)


def about(leads: Keyed, engine: Engine) -> tuple[int, int]:
    """How many comments and texts are found of Ana."""
    keys = PersonKeys(seal=leads.settings.seal_keys, hash=leads.settings.hash_key)
    counts = []
    for typed in ("ana@example.com", "661 555 0199"):
        person = Person.read(typed)
        assert person is not None
        with scoped(engine, ["envista"]) as scope:
            counts.append(stored_about(scope, keys, person))
    return len(counts[0].comments), len(counts[1].texts)


def test_the_old_key_is_retired_only_when_nothing_names_it(
    leads: Keyed,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("leads.__main__.configure_logs", lambda _name: None)
    monkeypatch.setattr("leads.__main__.Settings.from_env", lambda *_, **__: leads.settings)
    refuse_bad_start(leads.settings, uses_queues=False)
    told(leads)
    with scoped(engine, ["envista"]) as scope:
        api_keys.make(scope, leads.settings.hash_key, clinic="envista", origins=())
    with_key(leads, f"{NEW}\n{OLD}")
    assert main(["keys", "list"]) == 0
    assert "old: 1 hashed rows" in capsys.readouterr().out
    assert main(["keys", "retire", "--hash", "old"]) == 1
    said = capsys.readouterr().err
    assert "1 rows are hashed with old: keys rotate first" in said
    assert "1 API keys are hashed with old: each is hashed anew when it is used next" in said
    assert main(["keys", "rotate"]) == 0
    assert "1 rows are hashed anew with new" in capsys.readouterr().out
    assert main(["keys", "retire", "--hash", "new"]) == 1
    assert main(["keys", "retire", "--hash", "old"]) == 1  # the API key
    assert main(["keys", "retire", "--hash", "--even-so", "old"]) == 0
    with_key(leads, NEW)
    refuse_bad_start(leads.settings, uses_queues=False)


def test_a_row_that_no_key_opens_keeps_its_hashes_and_the_old_key(
    leads: Keyed, engine: Engine
) -> None:
    told(leads)
    with leads.engine.begin() as connection:
        connection.execute(update(tables.lead).values(words_sealed=b"\x01\x01k damaged"))
    with_key(leads, f"{NEW}\n{OLD}")
    assert hash_anew(leads, engine).unreadable == 1
    assert rehash.named(engine)["rows", "old"] == 1
