"""The publisher: keeps releases and the directory in step with the clinic files, for ever."""

import gc
import logging
import sys
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime

import redis
import watchfiles

from content.building import Builder
from content.catalog import Catalog, read_catalog
from content.comments import CommentFeed
from content.mistakes import Mistake
from content.publishing import DirectoryStore, compile_directory, next_directory
from content.reading import Reader
from content.settings import PublisherSettings
from contract.directory import REDIS_KEY, Directory
from plumbing.documents import Publisher

logger = logging.getLogger(__name__)

REPEAT_S = 15  # a flushed Redis lacks the directory for this long at most
SWEEP_S = 1  # what is due by the clock is late by this much at most
DEBOUNCE_MS, QUIET_MS = 400, 25  # build when nothing changed for 25 ms, or 400 ms after the first


class ContentPublisher:
    """Builds and publishes; `problem` says what is not published at the moment, or None."""

    def __init__(self, settings: PublisherSettings) -> None:
        self._settings = settings
        self._store = DirectoryStore(state_dir=settings.state_dir)
        self._publisher = Publisher(
            redis_url=settings.redis_url, key=REDIS_KEY, signing_key=settings.signing_key
        )
        self._directory: Directory | None = self._store.last()
        self._reader = Reader()
        self._builder = Builder(settings.sites_dir, settings.addresses)
        self._comments = CommentFeed(
            redis_url=settings.redis_url, keys=settings.comments_keys, state_dir=settings.state_dir
        )
        self._shown: tuple[Mistake, ...] = ()
        self.problem: str | None = "nothing is built yet"

    def build(self) -> Catalog:
        """Write what changed; print the mistakes when they are others than before."""
        settings = self._settings
        catalog = read_catalog(settings.clinics_dir, settings.library_dir, self._reader)
        if catalog.mistakes != self._shown:
            report(catalog.mistakes)
            self._shown = catalog.mistakes
        if catalog.slugs:  # no folder at all is a mistake, not the end of every clinic
            self._builder.build(self._comments.put_into(catalog), now=datetime.now(UTC))
            clinics = compile_directory(catalog, settings.addresses, self._directory)
            fresh = next_directory(clinics, self._directory)
            if fresh != self._directory:
                self._store.keep(fresh)
                logger.info("directory compiled", extra={"version": fresh.version})
            self._directory = fresh
        return catalog

    def publish(self) -> bool:
        """Put the directory into Redis; False (and one log line per change) when it cannot."""
        if self._directory is None:
            return False
        try:
            self._publisher.publish(self._directory.to_json())
        except redis.RedisError as error:
            if self.problem is None or "Redis" not in self.problem:
                logger.warning("directory not published", extra={"reason": type(error).__name__})
            self.problem = "Redis does not take the directory"
            return False
        if self.problem is not None:
            logger.info("directory published", extra={"version": self._directory.version})
        self.problem = None
        return True

    def watch(self, stop: threading.Event) -> None:
        """Build and publish at every change of a file and whenever something is due by the clock,
        until `stop`; look again every 15 s, so that a change that nobody told of is seen too."""
        folders = (self._settings.clinics_dir, self._settings.library_dir)
        self._build_safely()
        gc.freeze()  # what was read stays: looking through it for garbage takes 0.1 s each time
        looks_again_at = time.monotonic()  # what changed before the folders were watched
        for changes in watchfiles.watch(
            *folders,
            stop_event=stop,
            debounce=DEBOUNCE_MS,
            step=QUIET_MS,
            rust_timeout=SWEEP_S * 1000,
            yield_on_timeout=True,
            raise_interrupt=False,
        ):
            due = self._builder.next_change()
            is_due = due is not None and datetime.now(UTC) >= due
            is_time = time.monotonic() >= looks_again_at
            if changes or is_due or is_time or self._comments.has_news():
                self._build_safely()
                looks_again_at = time.monotonic() + REPEAT_S

    def _build_safely(self) -> None:
        """One bad disk or folder must not end the publishing of what is there."""
        try:
            self.build()
        except Exception:
            logger.exception("not built")
        self.publish()


def report(mistakes: Iterable[Mistake]) -> None:
    """One line each, for people, beside the log."""
    for mistake in mistakes:
        sys.stderr.write(f"{mistake}\n")
