"""The file format of a backup: a stream that only the holder of the backup key can read.

    "FRONTDESK-BACKUP-1\\n" | length of key id (1) | key id | salt (32) | mark (16) | chunks

Each file has keys of its own, drawn from backup key and salt (HKDF-SHA256).  `mark` is an HMAC
of what stands before it: it tells a wrong key from a damaged file.  A chunk is up to 1 MiB in
AES-256-GCM; its nonce is the chunk's number (11 bytes) and 1 for the last chunk, else 0.  So
chunks cannot be changed, moved, left out or cut off without notice.

    Damaged, WrongKey   (KeepingError) the file cannot be opened
"""

import hashlib
import hmac
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from supervisor.keeping import KeepingError

MAGIC = b"FRONTDESK-BACKUP-1\n"
CHUNK = 1024 * 1024
SALT, MARK, TAG = 32, 16, 16


class Damaged(KeepingError):  # noqa: N818 - what the file is
    """Cut short, altered, or no backup at all."""


class WrongKey(KeepingError):  # noqa: N818 - what was given
    """The file was made with another key."""


class SealedWriter:
    """A file to write to.  `finish` ends it: without that it does not open."""

    def __init__(self, file: BinaryIO, *, key_id: str, key: bytes) -> None:
        name = key_id.encode("ascii")
        head = MAGIC + bytes([len(name)]) + name + os.urandom(SALT)
        self._file = file
        self._cipher, mark = _keys(key, head)
        self._waiting = bytearray()
        self._number = 0
        file.write(head + mark)

    def write(self, piece: bytes) -> int:
        self._waiting += piece
        while len(self._waiting) > CHUNK:  # the last chunk is left to `finish`
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(piece)

    def finish(self) -> None:
        self._put(bytes(self._waiting), last=True)

    def _put(self, plain: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), plain, None))
        self._number += 1


class SealedReader:
    """A file to read from.  Nothing is handed out that was not checked."""

    def __init__(self, file: BinaryIO, *, key_id: str, key: bytes) -> None:
        """Raises Damaged, WrongKey."""
        self._file = file
        head, made_with = _read_head(file)
        if made_with != key_id:
            raise WrongKey(
                f"this backup was made with the backup key {made_with}; the key given is {key_id}"
            )
        self._cipher, mark = _keys(key, head)
        if not hmac.compare_digest(mark, file.read(MARK)):
            raise WrongKey(f"the key given is not the backup key {key_id} of this file")
        self._plain = b""
        self._number = 0
        self._ahead = file.read(CHUNK + TAG)
        self._ended = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; fewer only at the end.  Raises Damaged."""
        pieces = [self._plain[:size]]
        self._plain = self._plain[size:]
        missing = size - len(pieces[0])
        while missing > 0 and not self._ended:
            plain = self._next()
            pieces.append(plain[:missing])
            self._plain = plain[missing:]
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def check_end(self) -> None:
        """Read on to the end of the file.  Raises Damaged when it is not the true end."""
        while not self._ended:
            self._next()

    def _next(self) -> bytes:
        sealed, self._ahead = self._ahead, self._file.read(CHUNK + TAG)
        self._ended = not self._ahead
        try:
            plain = self._cipher.decrypt(_nonce(self._number, last=self._ended), sealed, None)
        except (InvalidTag, ValueError):
            raise Damaged(
                "the backup file is cut short or was altered: fetch it again from where you keep it"
            ) from None
        self._number += 1
        return plain


def _read_head(file: BinaryIO) -> tuple[bytes, str]:
    """What stands before the mark, and the id of the key."""
    start = file.read(len(MAGIC) + 1)
    if not start.startswith(MAGIC) or len(start) == len(MAGIC):
        raise Damaged("this is no backup of Frontdesk, or its beginning is lost")
    length = start[-1]
    rest = file.read(length + SALT)
    if len(rest) < length + SALT:
        raise Damaged("the backup file is cut short")
    return start + rest, rest[:length].decode("ascii", "replace")


def _keys(key: bytes, head: bytes) -> tuple[AESGCM, bytes]:
    """The cipher of a file that begins with `head`, and the mark that follows."""
    derived = HKDF(algorithm=SHA256(), length=64, salt=None, info=head).derive(key)
    return AESGCM(derived[:32]), hmac.new(derived[32:], head, hashlib.sha256).digest()[:MARK]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])
