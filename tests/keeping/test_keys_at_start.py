"""A changed key and an evicting Redis are refused at start, in words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine, MetaData

from contract.env import SettingsError
from leads.__main__ import MIGRATIONS
from leads.tables import key_fingerprint
from plumbing.database import connect
from plumbing.fingerprints import fingerprint_table, refuse_changed_keys
from plumbing.migrations import migrate
from plumbing.redis_policy import refuse_eviction
from plumbing.sealing import HashKey, KeyRing
from tests.servers import Postgres, a_key, running_valkey

OLD, NEW = a_key("old"), a_key("new")


@pytest.fixture(params=["leads_app", "leads_jobs"])
def engine(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[Engine]:
    owner, app = postgres.database("leads")
    migrate(owner, MIGRATIONS)
    engine = connect(app.replace("leads_app@", f"{request.param}@"), name="test")
    yield engine
    engine.dispose()


def start(engine: Engine, ring: str) -> None:
    refuse_changed_keys(engine, key_fingerprint, {"LEADS_SEAL_KEYS": KeyRing.read(ring)})


def test_the_same_keys_may_start_again_and_new_ones_may_be_added(engine: Engine) -> None:
    start(engine, OLD)
    start(engine, OLD)
    start(engine, f"{NEW}\n{OLD}")


def test_a_ring_that_lost_a_key_is_refused(engine: Engine) -> None:
    start(engine, OLD)
    with pytest.raises(SettingsError, match="LEADS_SEAL_KEYS: lacks the key old"):
        start(engine, NEW)


def test_another_key_under_the_same_name_is_refused(engine: Engine) -> None:
    start(engine, OLD)
    with pytest.raises(SettingsError, match="the key old is not what it was"):
        start(engine, a_key("old"))


def test_a_refused_key_is_not_remembered(engine: Engine) -> None:
    start(engine, OLD)
    with pytest.raises(SettingsError):
        start(engine, NEW)
    start(engine, OLD)


def test_a_changed_hash_key_is_refused(engine: Engine) -> None:
    first, second = (HashKey.read(a_key("h")) for _ in range(2))
    refuse_changed_keys(engine, key_fingerprint, {"LEADS_HASH_KEY": first})
    with pytest.raises(SettingsError, match="LEADS_HASH_KEY"):
        refuse_changed_keys(engine, key_fingerprint, {"LEADS_HASH_KEY": second})


def test_no_key_can_be_told_from_its_fingerprint(engine: Engine) -> None:
    assert OLD.partition(":")[2][:8] not in str(KeyRing.read(OLD).fingerprints)


def test_a_database_that_is_away_keeps_nobody_from_starting() -> None:
    engine = connect("postgresql://nobody@127.0.0.1:1/none", name="test")
    table = fingerprint_table(MetaData())
    refuse_changed_keys(engine, table, {"LEADS_SEAL_KEYS": KeyRing.read(OLD)})
    engine.dispose()


def test_a_redis_that_throws_keys_away_is_refused_in_words(tmp_path: Path) -> None:
    with running_valkey(tmp_path) as server:
        refuse_eviction(server.url)
        client = redis.Redis.from_url(server.url)
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.close()
        with pytest.raises(SettingsError, match=r"throws keys away .* set maxmemory-policy noev"):
            refuse_eviction(server.url)


def test_a_redis_that_is_away_or_tells_nothing_is_not_refused(tmp_path: Path) -> None:
    refuse_eviction("redis://127.0.0.1:1/0")
    with running_valkey(tmp_path) as server:
        client = redis.Redis.from_url(server.url)
        client.acl_setuser("narrow", enabled=True, nopass=True, categories=["+@connection"])
        client.close()
        refuse_eviction(server.url.replace("redis://", "redis://narrow:none@"))
