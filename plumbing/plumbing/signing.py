"""Ed25519 signatures over documents, so that whoever can write Redis cannot write our documents.

KeyFileError        (from plumbing.sealing) a key file cannot be used
Forged              the signature does not fit or its key is not known
"""

import base64
import binascii
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from plumbing.sealing import read_keys


class Forged(Exception):  # noqa: N818 - what the document is
    """A document does not carry a valid signature of a known key."""


class SigningKey:
    """Signs; held by the one publisher of a document."""

    def __init__(self, key_id: str, seed: bytes) -> None:
        self.key_id = key_id
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @classmethod
    def read(cls, text: str) -> Self:
        """From ``keyid:base64 of the 32-byte seed``.  Raises KeyFileError."""
        return cls(*next(iter(read_keys(text).items())))

    def sign(self, message: bytes) -> str:
        return base64.b64encode(self._key.sign(message)).decode()

    def public_line(self) -> str:
        """The line for the readers' key file."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"{self.key_id}:{base64.b64encode(raw).decode()}"


class VerifyKeys:
    """Checks signatures; held by every reader."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._keys = {
            key_id: Ed25519PublicKey.from_public_bytes(raw) for key_id, raw in keys.items()
        }

    @classmethod
    def read(cls, text: str) -> Self:
        """From lines of ``keyid:base64 of the 32-byte public key``.  Raises KeyFileError."""
        return cls(read_keys(text))

    def verify(self, key_id: str, message: bytes, signature: str) -> None:
        """Raises Forged unless `signature` is `key_id`'s over `message`."""
        key = self._keys.get(key_id)
        if key is None:
            raise Forged(f"signed with an unknown key {key_id[:32]!r}")
        try:
            key.verify(base64.b64decode(signature, validate=True), message)
        except (InvalidSignature, binascii.Error):
            raise Forged("the signature does not fit") from None
