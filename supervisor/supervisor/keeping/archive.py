"""What is in a backup: a tar stream of files, and at its end a manifest that says what they are."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Self

from supervisor.keeping import KeepingError
from supervisor.keeping.sealed import Damaged, SealedReader, SealedWriter

FORMAT = 1
MANIFEST = "manifest.json"
DATABASES = ("leads", "notify")
PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`leads_from`: leads is as of this moment; `made_at`: nothing in the file is newer.

    `kind`: compose or data-dir.  `files`: SHA-256 by name.  `keys`: key file -> ids.
    `rows`: database -> table -> how many.
    """

    kind: str
    version: str
    postgres: int
    leads_from: datetime
    made_at: datetime
    rows: Mapping[str, Mapping[str, int]]
    keys: Mapping[str, list[str]]
    files: Mapping[str, str]

    def to_json(self) -> bytes:
        body = {"format": FORMAT, **asdict(self)}
        return json.dumps(body, indent=1, default=datetime.isoformat).encode()

    @classmethod
    def from_json(cls, raw: bytes) -> Self:
        body: dict[str, Any] = json.loads(raw)
        if body.pop("format") != FORMAT:
            raise KeepingError("this backup was made by a newer Frontdesk: restore it with that")
        for name in ("leads_from", "made_at"):
            body[name] = datetime.fromisoformat(body[name])
        return cls(**body)


class Packer:
    """Puts files into a sealed stream and remembers their hashes."""

    def __init__(self, stream: SealedWriter) -> None:
        self._tar = tarfile.open(  # type: ignore[call-overload]  # noqa: SIM115 - it only writes
            fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT
        )
        self.files: dict[str, str] = {}

    def add(self, name: str, file: IO[bytes]) -> None:
        """The whole of `file`, which can be rewound."""
        entry = tarfile.TarInfo(name)
        entry.size = file.seek(0, io.SEEK_END)
        entry.mode = 0o600
        file.seek(0)
        self.files[name] = _digest(file)
        file.seek(0)
        self._tar.addfile(entry, file)

    def add_folder(self, name: str, folder: Path) -> None:
        """Every plain file in it.  One that vanishes meanwhile is left out."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                try:
                    content = path.read_bytes()
                except FileNotFoundError:
                    continue
                self.add(f"{name}/{path.relative_to(folder).as_posix()}", io.BytesIO(content))

    def finish(self, manifest: Manifest) -> None:
        self.add(MANIFEST, io.BytesIO(manifest.to_json()))
        self._tar.close()


def entries(stream: SealedReader) -> Iterator[tuple[str, IO[bytes]]]:
    """Each file's name and content, in order.  Raises Damaged at the first thing that is wrong."""
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:  # type: ignore[call-overload]
            for entry in tar:
                content = tar.extractfile(entry)
                name = PurePosixPath(entry.name)
                if content is None or name.is_absolute() or ".." in name.parts:
                    raise Damaged(f"the backup holds something that it should not: {entry.name}")
                yield entry.name, content
    except tarfile.TarError as error:
        raise Damaged(f"the backup file is damaged: {error}") from error
    stream.check_end()


@contextmanager
def opened(path: Path, *, key_id: str, key: bytes) -> Iterator[SealedReader]:
    try:
        with path.open("rb") as file:
            yield SealedReader(file, key_id=key_id, key=key)
    except OSError as error:
        raise KeepingError(f"{error.filename or path}: {error.strerror}") from error


def verified(path: Path, *, key_id: str, key: bytes) -> Manifest:
    """Read all of it, write nothing.  Raises Damaged, WrongKey, KeepingError."""
    found: dict[str, str] = {}
    manifest: Manifest | None = None
    with opened(path, key_id=key_id, key=key) as stream:
        for name, content in entries(stream):
            if name == MANIFEST:
                manifest = Manifest.from_json(content.read())
            else:
                found[name] = _digest(content)
    if manifest is None or found != manifest.files:
        raise Damaged("the backup does not hold what its manifest says: make another one")
    return manifest


def copy(source: IO[bytes], target: BinaryIO) -> None:
    while piece := source.read(PIECE):
        target.write(piece)


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()
