"""Sealed values open only with their key and in their place."""

import pytest

from plumbing.sealing import HashKey, KeyFileError, KeyRing, Unsealable, read_keys
from tests.servers import a_key


def test_a_sealed_value_opens_with_any_key_of_the_ring() -> None:
    old, new = a_key("2025"), a_key("2026")
    sealed = KeyRing.read(old).seal(b"words", context="here")
    assert KeyRing.read(f"{new}\n{old}").open(sealed, context="here") == b"words"


def test_it_names_a_key_that_is_missing() -> None:
    sealed = KeyRing.read(a_key("2025")).seal(b"words", context="here")
    with pytest.raises(Unsealable, match="2025"):
        KeyRing.read(a_key("2026")).open(sealed, context="here")


def test_it_does_not_open_in_another_place_or_when_changed() -> None:
    ring = KeyRing.read(a_key())
    sealed = ring.seal(b"words", context="here")
    with pytest.raises(Unsealable):
        ring.open(sealed, context="there")
    for cut in range(len(sealed)):
        with pytest.raises(Unsealable):
            ring.open(sealed[:cut], context="here")
        flipped = bytes([sealed[cut] ^ 1])
        with pytest.raises(Unsealable):
            ring.open(sealed[:cut] + flipped + sealed[cut + 1 :], context="here")


@pytest.mark.parametrize(
    "text",
    ["", "nokey", "k1:short", "k1:" + "A" * 43, f"{a_key()} {a_key()}"],
    ids=["empty", "no key", "too short", "not base64", "an id twice"],
)
def test_a_bad_key_file_is_refused(text: str) -> None:
    with pytest.raises(KeyFileError):
        read_keys(text)


def test_hash_parts_do_not_run_into_each_other() -> None:
    key = HashKey.read(a_key())
    assert key.digest("p", "ab", "c") != key.digest("p", "a", "bc")
    assert key.digest("p", "a") != key.digest("q", "a")
