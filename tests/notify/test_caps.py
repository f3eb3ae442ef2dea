"""A clinic's texts have a limit for each day; its e-mails have none."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, Engine, select

from notify import caps
from notify.delivery import Delivery
from tests.notify.builders import MARIA, FakeProvider, an_alert, rows


def spends(connection: Connection, at_most: int) -> bool:
    return bool(connection.scalar(select(caps.spends()), caps.parameters("envista", at_most)))


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
            return spends(connection, 25)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(100))) == 25


def test_a_limit_of_none_lets_nothing_through(engine: Engine) -> None:
    with engine.begin() as connection:
        assert not spends(connection, 0)
