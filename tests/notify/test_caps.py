"""A clinic's texts have a limit for each day; its e-mails have none."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, Engine, Text, column, select, values

from notify import attempts, caps, lookup
from notify.delivery import Delivery
from notify.providers import ProviderError
from tests.notify.builders import MARIA, FakeProvider, an_alert, rows, run


def spends(connection: Connection, at_most: int, *clinics: str) -> list[str]:
    """The clinics whose texts, one for each time that they are named, were counted."""
    texts = values(column("clinic", Text), column("channel", Text), name="texts").data(
        [(clinic, "sms") for clinic in clinics or ["envista"]]
    )
    spent = caps.spending(texts)
    return sorted(connection.scalars(select(spent.c.clinic), {"texts": at_most}))


def test_beyond_the_limit_texts_fail_in_words_and_mails_go(engine: Engine) -> None:
    fake = FakeProvider()
    delivery = Delivery(
        engine=engine, providers={"email": [fake], "sms": [fake]}, texts_per_clinic=2
    )
    for _ in range(4):
        an_alert(engine, MARIA)
    for row in rows(engine, "SELECT id FROM message ORDER BY created_at"):
        delivery.send(row.id)
    sent = [call.channel for call in fake.calls]
    assert (sent.count("email"), sent.count("sms")) == (4, 2)
    assert rows(engine, "SELECT DISTINCT state FROM alert") == [("told",)]
    why = rows(engine, "SELECT detail ->> 'reason' AS why FROM audit WHERE what = 'message failed'")
    assert "limit of 2 texts a day is reached" in why[0].why


def test_all_processes_together_keep_the_limit(engine: Engine) -> None:
    def spend(_number: int) -> bool:
        with engine.begin() as connection:
            return bool(spends(connection, 25))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(100))) == 25


def test_a_limit_of_none_lets_nothing_through(engine: Engine) -> None:
    with engine.begin() as connection:
        assert not spends(connection, 0)


def test_of_texts_that_are_claimed_together_all_are_counted_or_none(engine: Engine) -> None:
    with engine.begin() as connection:
        assert spends(connection, 2, "a", "b", "a", "b", "b") == ["a"]
        assert spends(connection, 2, "a") == []
        assert spends(connection, 2, "b") == ["b"]
    assert counted(engine) == 3


def counted(engine: Engine) -> int:
    return sum(row.count for row in rows(engine, "SELECT count FROM texts_sent"))


def test_a_text_that_somebody_else_claimed_is_counted_once(engine: Engine) -> None:
    an_alert(engine, MARIA)
    (text,) = rows(engine, "SELECT id FROM message WHERE channel = 'sms'")
    with engine.connect() as connection:
        seen = lookup.look(connection, text.id)
    assert seen is not None
    claimed = []
    for _ in range(3):
        with engine.begin() as connection:
            claimed.append(attempts.claim(connection, seen, provider="fake", lease_s=10))
    assert claimed == [True, False, False]
    assert counted(engine) == 1


def test_what_a_provider_did_not_take_uses_up_no_limit(engine: Engine) -> None:
    """Else a provider that is away for an evening costs the clinic its texts of the day."""
    fake = FakeProvider()
    fake.answers = [ProviderError("busy") for _ in range(5)]
    delivery = Delivery(engine=engine, providers={"sms": [fake]}, texts_per_clinic=2)
    an_alert(engine, MARIA)
    (text,) = rows(engine, "SELECT id FROM message WHERE channel = 'sms'")
    for _ in range(6):
        run(engine, "UPDATE message SET due_at = now()")
        delivery.send(text.id)
    assert rows(engine, "SELECT state FROM message WHERE channel = 'sms'") == [("accepted",)]
    assert counted(engine) == 1


def test_what_may_have_gone_out_stays_counted(engine: Engine) -> None:
    fake = FakeProvider()
    fake.answers = [ProviderError("no answer", unknown=True)]
    delivery = Delivery(engine=engine, providers={"sms": [fake]}, texts_per_clinic=2)
    an_alert(engine, MARIA)
    (text,) = rows(engine, "SELECT id FROM message WHERE channel = 'sms'")
    delivery.send(text.id)
    assert counted(engine) == 1
