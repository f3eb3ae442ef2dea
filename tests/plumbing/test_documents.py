"""A document from Redis is taken only when it is ours and not older than the last."""

from pathlib import Path
from typing import Any

import redis

from plumbing.documents import Publisher, Reader, signed
from plumbing.signing import SigningKey, VerifyKeys
from tests.servers import Valkey, a_key

KEY = "test:document"


def a_reader(
    tmp_path: Path, keys: SigningKey, redis_url: str = "redis://127.0.0.1:1/0"
) -> Reader[dict[str, Any]]:
    return Reader(
        redis_url=redis_url,
        key=KEY,
        keys=VerifyKeys.read(keys.public_line()),
        parse=dict,
        copy=tmp_path / "copy.json",
    )


def put(valkey: Valkey, raw: bytes) -> None:
    client = redis.Redis.from_url(valkey.url)
    client.set(KEY, raw)
    client.close()


def test_a_published_document_is_read_and_kept_without_redis(
    tmp_path: Path, valkey: Valkey
) -> None:
    key = SigningKey.read(a_key())
    Publisher(redis_url=valkey.url, key=KEY, signing_key=key).publish({"version": 3, "x": "é"})
    reader = a_reader(tmp_path, key, valkey.url)
    reader.refresh()
    assert reader.current == {"version": 3, "x": "é"}
    assert a_reader(tmp_path, key).current == reader.current


def test_a_lower_version_is_refused_also_after_a_restart(tmp_path: Path, valkey: Valkey) -> None:
    key = SigningKey.read(a_key())
    put(valkey, signed({"version": 5}, key))
    a_reader(tmp_path, key, valkey.url).refresh()
    put(valkey, signed({"version": 4}, key))
    reader = a_reader(tmp_path, key, valkey.url)
    reader.refresh()
    assert reader.current == {"version": 5}


def test_a_document_of_somebody_else_is_refused(tmp_path: Path, valkey: Valkey) -> None:
    put(valkey, signed({"version": 9}, SigningKey.read(a_key())))
    reader = a_reader(tmp_path, SigningKey.read(a_key()), valkey.url)
    reader.refresh()
    assert reader.current is None


def test_garbage_is_refused_and_the_last_good_copy_stays(tmp_path: Path, valkey: Valkey) -> None:
    key = SigningKey.read(a_key())
    put(valkey, signed({"version": 1}, key))
    reader = a_reader(tmp_path, key, valkey.url)
    reader.refresh()
    for garbage in (b"", b"[]", b"\xff", b'{"key": 1}', signed({"version": "x"}, key)):
        put(valkey, garbage)
        reader.refresh()
    assert reader.current == {"version": 1}
