"""A backup file opens with its key and whole, or not at all."""

import io
import secrets

import pytest

from supervisor.keeping.sealed import CHUNK, Damaged, SealedReader, SealedWriter, WrongKey

KEY = secrets.token_bytes(32)


def sealed(plain: bytes) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, key_id="k1", key=KEY)
    for at in range(0, len(plain), 100_000):
        writer.write(plain[at : at + 100_000])
    writer.finish()
    return file.getvalue()


def opened(raw: bytes, *, key_id: str = "k1", key: bytes = KEY) -> bytes:
    reader = SealedReader(io.BytesIO(raw), key_id=key_id, key=key)
    plain = reader.read(len(raw))
    reader.check_end()
    return plain


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5])
def test_what_was_sealed_is_read_again(size: int) -> None:
    plain = secrets.token_bytes(size)
    assert opened(sealed(plain)) == plain


def test_no_word_of_it_can_be_read_without_the_key() -> None:
    assert b"canary" not in sealed(b"canary " * 1000)


def test_a_file_that_is_cut_anywhere_is_refused() -> None:
    raw = sealed(secrets.token_bytes(2 * CHUNK))
    lengths = {*range(0, 200, 7), len(raw) - 1, len(raw) - 16, len(raw) - CHUNK - 16, len(raw) // 2}
    for length in sorted(lengths):
        with pytest.raises((Damaged, WrongKey)):
            opened(raw[:length])


def test_a_file_that_goes_on_after_its_end_is_refused() -> None:
    with pytest.raises(Damaged, match="altered"):
        opened(sealed(b"words") + b"more")


def test_a_changed_byte_anywhere_is_refused() -> None:
    raw = sealed(b"x" * 500)
    for at in range(len(raw)):
        changed = bytearray(raw)
        changed[at] ^= 1
        with pytest.raises((Damaged, WrongKey)):
            opened(bytes(changed))


def test_chunks_cannot_change_places() -> None:
    raw = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c")
    head = len(raw) - 2 * (CHUNK + 16) - 17
    one, two = raw[head : head + CHUNK + 16], raw[head + CHUNK + 16 : head + 2 * (CHUNK + 16)]
    with pytest.raises(Damaged):
        opened(raw[:head] + two + one + raw[head + 2 * (CHUNK + 16) :])


def test_another_key_is_told_from_a_damaged_file() -> None:
    raw = sealed(b"words")
    with pytest.raises(WrongKey, match="made with the backup key k1; the key given is k2"):
        opened(raw, key_id="k2")
    with pytest.raises(WrongKey, match="not the backup key k1"):
        opened(raw, key=secrets.token_bytes(32))


def test_what_is_no_backup_is_said_to_be_none() -> None:
    with pytest.raises(Damaged, match="no backup of Frontdesk"):
        opened(b"PK\x03\x04 something else entirely")
