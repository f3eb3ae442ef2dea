"""The clinic files as they are now, read again only when one of them changed."""

import hashlib
import threading
import time
from pathlib import Path

from content.catalog import Catalog, read_catalog
from content.reading import Reader, fingerprint_of

LOOK_EVERY_S = 0.2


class LiveCatalog:
    """Safe for many threads; looks at the files' times at most five times a second."""

    def __init__(self, clinics_dir: Path, library_dir: Path) -> None:
        self._folders = (clinics_dir, library_dir)
        self._lock = threading.Lock()
        self._reader = Reader()
        self._fingerprint: object = None
        self._catalog: Catalog | None = None
        self._looked_at = 0.0

    def catalog(self) -> Catalog:
        with self._lock:
            now = time.monotonic()
            if self._catalog is not None and now - self._looked_at < LOOK_EVERY_S:
                return self._catalog
            fingerprint = tuple(fingerprint_of(folder) for folder in self._folders)
            if self._catalog is None or fingerprint != self._fingerprint:
                self._catalog = read_catalog(*self._folders, self._reader)
                self._fingerprint = fingerprint
            self._looked_at = now
            return self._catalog

    def version(self) -> str:
        """Another text whenever a file changed."""
        self.catalog()
        return hashlib.sha256(repr(self._fingerprint).encode()).hexdigest()[:16]
