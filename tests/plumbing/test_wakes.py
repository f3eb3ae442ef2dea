"""Who waits for rows is woken once they are committed, and a wake-up that fails costs nothing."""

import time

import pytest
from sqlalchemy import text

from plumbing import wakes
from plumbing.listen import Listener
from tests.plumbing.conftest import Service


def test_it_is_said_when_the_connection_is_given_back(service: Service) -> None:
    listener = Listener(service.url, "rows")
    listener.wait(0.01)
    with service.engine.connect() as connection:
        with connection.begin():
            wakes.say(connection, "rows", "a")
            wakes.say(connection, "rows", "b")
            wakes.say(connection, "rows", "a")
        assert listener.wait(0.1) == []
    assert sorted(listener.wait(5)) == ["a", "b"]
    with service.engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    assert listener.wait(0.1) == []  # said once
    listener.close()


def test_a_connection_that_said_something_is_as_it_was(service: Service) -> None:
    with service.engine.begin() as connection:
        wakes.say(connection, "rows")
    with service.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("CREATE TABLE kept_by_no_commit ()"))
        transaction.rollback()
    with service.engine.connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('kept_by_no_commit')")) is None


def test_a_connection_that_could_not_say_it_is_as_it_was(service: Service) -> None:
    with service.engine.begin() as connection:
        wakes.say(connection, "rows", "x" * 9000)  # PostgreSQL takes 8000 bytes
    with service.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("CREATE TABLE kept_by_no_commit ()"))
        transaction.rollback()
    with service.engine.connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('kept_by_no_commit')")) is None


def test_who_can_do_it_here_is_told_and_nobody_else(service: Service) -> None:
    told: list[str] = []
    wakes.hear(service.engine, "mine", told.extend)
    listener = Listener(service.url, "mine")
    listener.wait(0.01)
    with service.engine.begin() as connection:
        wakes.say(connection, "mine", "a")
        wakes.say(connection, "theirs", "b")
        assert told == []
    assert told == ["a"]
    assert listener.wait(0.1) == []
    listener.close()


def test_who_gathers_is_woken_by_one_word_in_a_while(service: Service) -> None:
    listener = Listener(service.url, "gathered")
    wakes.pace(service.engine, "gathered", every_s=2.0)
    listener.wait(0.01)
    for word in ("a", "b", "c"):
        with service.engine.begin() as connection:
            wakes.say(connection, "gathered", word)
    assert listener.wait(5) == ["a"]
    assert listener.wait(0.1) == []
    with service.engine.begin() as connection:
        wakes.say(connection, "rows", "of another channel")
        wakes.say(connection, "gathered", "d")
    time.sleep(2.1)
    with service.engine.begin() as connection:
        wakes.say(connection, "gathered", "e")
    assert listener.wait(5) == ["e"]
    listener.close()


def test_a_server_that_goes_meanwhile_costs_the_wake_up_alone(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with service.engine.connect() as connection:
        wakes.say(connection, "rows")
        mine = connection.scalar(text("SELECT pg_backend_pid()"))
        connection.commit()
        with service.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:mine, 5000)"), {"mine": mine})
    assert "nobody woken" in caplog.text
    with service.engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
