"""Records on disk survive, come in order, and never hold up those behind them."""

import os
import time
from pathlib import Path

import pytest

from plumbing import files
from plumbing.sealing import KeyRing
from plumbing.spool import Poison, Spool, SpoolFull
from tests.servers import a_key


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing.read(a_key())


def only_record(folder: Path) -> Path:
    [path] = folder.glob("*.record")
    return path


def test_records_come_back_oldest_first_and_are_gone_then(tmp_path: Path, keys: KeyRing) -> None:
    spool, taken = Spool(tmp_path, keys), []
    for number in range(5):
        spool.write(b"%d" % number)
    assert spool.standing().waiting == 5
    assert spool.drain(taken.append) == 5
    assert taken == [b"0", b"1", b"2", b"3", b"4"]
    assert spool.standing().waiting == 0


def test_what_was_written_is_readable_with_the_key_alone(tmp_path: Path, keys: KeyRing) -> None:
    Spool(tmp_path, keys).write(b"canary words")
    assert b"canary" not in only_record(tmp_path).read_bytes()


def test_file_and_folder_are_synced_before_the_answer(
    tmp_path: Path, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        real(handle)

    monkeypatch.setattr(files.os, "fsync", fsync)
    Spool(tmp_path, keys).write(b"x")
    assert [path.is_dir() for path in synced] == [False, True]
    assert synced[1] == tmp_path


@pytest.mark.parametrize("damage", ["cut", "changed", "renamed", "emptied"])
def test_a_damaged_record_is_set_aside_and_the_next_is_taken(
    tmp_path: Path, keys: KeyRing, damage: str
) -> None:
    spool, taken = Spool(tmp_path, keys), []
    spool.write(b"damaged")
    path = only_record(tmp_path)
    sealed = path.read_bytes()
    if damage == "renamed":
        path = path.rename(path.with_name("0" + path.name[1:].replace("-", "-0", 1)))
    else:
        damaged = {"cut": sealed[:-3], "emptied": b"", "changed": sealed[:-1] + b"\0"}[damage]
        path.write_bytes(damaged)
    spool.write(b"whole")
    assert spool.drain(taken.append) == 1
    assert taken == [b"whole"]
    assert spool.standing().aside == 1
    assert spool.set_aside()[0].name.endswith(".unreadable")


def test_what_a_dead_process_half_wrote_is_set_aside(tmp_path: Path, keys: KeyRing) -> None:
    spool = Spool(tmp_path, keys)
    young, old = tmp_path / ".0001-a.record.x1", tmp_path / ".0002-b.record.x2"
    for path in (young, old):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 3600,) * 2)
    spool.drain(pytest.fail)
    assert young.exists()
    assert spool.standing().aside == 1


def test_poison_is_set_aside_and_can_be_put_back(tmp_path: Path, keys: KeyRing) -> None:
    spool, taken = Spool(tmp_path, keys), []

    def refuse(record: bytes) -> None:
        raise Poison("no-draft")

    spool.write(b"poison")
    assert spool.drain(refuse) == 0
    assert spool.set_aside()[0].name.endswith(".no-draft")
    assert spool.put_back() == 1
    spool.drain(taken.append)
    assert taken == [b"poison"]


def test_a_record_that_cannot_be_taken_now_waits(tmp_path: Path, keys: KeyRing) -> None:
    spool = Spool(tmp_path, keys)

    def away(record: bytes) -> None:
        raise ConnectionError

    spool.write(b"waits")
    with pytest.raises(ConnectionError):
        spool.drain(away)
    assert spool.standing().waiting == 1


def test_one_drains_at_a_time(tmp_path: Path, keys: KeyRing) -> None:
    spool, other = Spool(tmp_path, keys), Spool(tmp_path, keys)
    counts = []
    spool.write(b"x")
    spool.drain(lambda _record: counts.append(other.drain(pytest.fail)))
    assert counts == [0]


def test_a_full_disk_refuses_before_it_is_full_to_the_last_byte(
    tmp_path: Path, keys: KeyRing
) -> None:
    spool = Spool(tmp_path, keys, keep_free_bytes=2**60)
    with pytest.raises(SpoolFull):
        spool.write(b"x")
    assert spool.standing().waiting == 0


def test_a_record_of_an_older_key_still_opens(tmp_path: Path) -> None:
    old, new = a_key("k1"), a_key("k2")
    Spool(tmp_path, KeyRing.read(old)).write(b"x")
    taken: list[bytes] = []
    Spool(tmp_path, KeyRing.read(f"{new}\n{old}")).drain(taken.append)
    assert taken == [b"x"]
