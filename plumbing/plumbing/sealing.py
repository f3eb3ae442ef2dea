"""Seal bytes so that only holders of the key can read them, bound to the place they belong to.

AES-256-GCM with a random 96-bit nonce.  A sealed value names its key, so keys can be changed while
old values stay readable:  version (1 byte) | length of key id (1) | key id | nonce (12) | cipher
text and tag.  `context` is authenticated but not stored: a value that is copied into another row
or column does not open.

    KeyFileError        a key file cannot be used
    Unsealable          the value is damaged, belongs elsewhere or its key is not in the ring
"""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = 1


class KeyFileError(ValueError):
    """A key file is not what it should be; the message never repeats key material."""


class Unsealable(Exception):  # noqa: N818 - what is wrong, said of the value
    """A sealed value cannot be opened."""


def read_keys(text: str) -> dict[str, bytes]:
    """Key id -> 32 bytes, in file order, from lines of ``keyid:base64``.  Raises KeyFileError."""
    keys: dict[str, bytes] = {}
    for number, line in enumerate(text.split(), start=1):
        key_id, _, encoded = line.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise KeyFileError(f"key {number}: not base64 after 'keyid:'") from None
        if not key_id or len(key_id) > 32 or len(key) != KEY_BYTES:  # noqa: PLR2004 - the format's limit
            raise KeyFileError(f"key {number}: must be 'keyid:' and {KEY_BYTES} bytes in base64")
        if len(set(key)) < KEY_BYTES // 4:
            raise KeyFileError(f"key {number}: was not made at random, so it protects nothing")
        if key_id in keys:
            raise KeyFileError(f"key {number}: the id {key_id!r} is there twice")
        keys[key_id] = key
    if not keys:
        raise KeyFileError("no key in it")
    return keys


def fingerprint(key: bytes) -> str:
    """Tells one key from another and says nothing of either."""
    return hmac.new(key, b"fingerprint", hashlib.sha256).hexdigest()[:16]


class KeyRing:
    """The first key seals, every key opens."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.current = next(iter(keys))
        self.fingerprints = {key_id: fingerprint(key) for key_id, key in keys.items()}

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises KeyFileError."""
        return cls(read_keys(text))

    @property
    def head(self) -> bytes:
        """How every value begins that the current key seals."""
        return _head(self.current)

    def seal(self, plain: bytes, *, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return (
            self.head + nonce + self._ciphers[self.current].encrypt(nonce, plain, context.encode())
        )

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Raises Unsealable."""
        key_id, nonce, text = _split(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unsealable(f"sealed with key {key_id!r}, which is not in the ring")
        try:
            return cipher.decrypt(nonce, text, context.encode())
        except InvalidTag:
            raise Unsealable("damaged, or sealed for another place") from None


def key_id_of(sealed: bytes) -> str:
    """The key that `sealed` names; its beginning is enough.  Raises Unsealable."""
    if len(sealed) < 2 or sealed[0] != VERSION:  # noqa: PLR2004 - version and length
        raise Unsealable("not a sealed value")
    return sealed[2 : 2 + sealed[1]].decode("utf-8", "replace")


def _head(key_id: str) -> bytes:
    encoded = key_id.encode()
    return bytes([VERSION, len(encoded)]) + encoded


def _split(sealed: bytes) -> tuple[str, bytes, bytes]:
    key_id = key_id_of(sealed)
    start = 2 + sealed[1]
    nonce = sealed[start : start + NONCE_BYTES]
    if len(nonce) != NONCE_BYTES:
        raise Unsealable("cut short")
    return key_id, nonce, sealed[start + NONCE_BYTES :]


@dataclass(frozen=True, slots=True)
class HashKey:
    """A key for hashes that nobody without it can compute.

    `older`: keys that what is stored may still have been hashed with: whoever looks for something
    looks for the hashes of `every` key.
    """

    key: bytes
    key_id: str = ""
    older: "tuple[HashKey, ...]" = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """The first key of the file hashes, the others are the older ones.  Raises KeyFileError."""
        (key_id, key), *others = read_keys(text).items()
        return cls(key, key_id, tuple(HashKey(other, its_id) for its_id, other in others))

    @property
    def every(self) -> "tuple[HashKey, ...]":
        """This key, then the older ones."""
        return (self, *self.older)

    @property
    def fingerprints(self) -> dict[str, str]:
        return {each.key_id: fingerprint(each.key) for each in self.every}

    def digest(self, purpose: str, *parts: str) -> bytes:
        """32 bytes over `parts`; each `purpose` has hashes of its own.

        Every part goes in with its length, so ("ab", "c") and ("a", "bc") differ.
        """
        message = [purpose.encode() + b"\0"]
        for part in parts:
            raw = part.encode("utf-8", "surrogatepass")
            message += [len(raw).to_bytes(4), raw]
        return hmac.digest(self.key, b"".join(message), "sha256")
