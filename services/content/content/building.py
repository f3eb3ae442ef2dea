"""Build the sites: only what changed, on all cores, each clinic for itself."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from content.catalog import Catalog
from content.model import Clinic
from content.recipes import Recipe
from content.release import running_release
from content.render import Site, site_makers, site_version
from content.schedule import as_of, next_change
from content.sites import Addresses, Host, read_hosts, write_listing
from content.sweeping import Sweeper
from content.workers import for_a_while, workers
from content.writing import Steps, release_steps, take, together

logger = logging.getLogger(__name__)

Step = Callable[[int, int], None]  # how many clinics of how many are done


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One clinic as it is now, and the base address of each of its hosts."""

    clinic: Clinic
    hosts: dict[str, str]
    sites_dir: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """`written`: the hosts with a new release.  `problem`: why the clinic was not built, or ""."""

    slug: str
    written: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    clinic: Clinic
    until: datetime | None  # when something of it changes by itself


class Builder:
    """Keeps the releases in step with the catalog; remembers what it built."""

    def __init__(self, sites_dir: Path, addresses: Addresses) -> None:
        self._sites_dir = sites_dir
        self._addresses = addresses
        self._built: dict[str, _Built] = {}
        self._sweeper = Sweeper()
        self.problems: dict[str, str] = {}  # clinic -> why its release is not what its files say

    def build(self, catalog: Catalog, *, now: datetime, step: Step | None = None) -> list[str]:
        """Write a release for every clinic without a mistake, then the list of all hosts.

        A clinic with mistakes, or that cannot be built, keeps its running release and its hosts.
        Returns the hosts with a new release.
        """
        clinics = catalog.publishable()
        jobs = {
            clinic.slug: self._job(clinic, now)
            for clinic in clinics
            if not self._is_built(clinic, now)
        }
        written: list[str] = []
        originals = {clinic.slug: clinic for clinic in clinics}
        for number, done in enumerate(_run(jobs.values()), start=1):
            self._note(done, originals[done.slug], now)
            written += done.written
            if step:
                step(number, len(jobs))
        self.problems = {slug: why for slug, why in self.problems.items() if slug in catalog.slugs}
        self._built = {slug: built for slug, built in self._built.items() if slug in originals}
        hosts = self._hosts(catalog, clinics)
        write_listing(catalog, self._sites_dir, hosts, self._addresses, now)
        for host in written:
            self._sweeper.add(self._host_dir(host))
        return written

    def settle(self) -> None:
        """Wait until what was replaced is removed."""
        self._sweeper.wait()

    def next_change(self) -> datetime | None:
        """When something that is built becomes another by itself."""
        return min((built.until for built in self._built.values() if built.until), default=None)

    def _is_built(self, clinic: Clinic, now: datetime) -> bool:
        built = self._built.get(clinic.slug)
        return (
            built is not None
            and built.clinic == clinic  # quick: what did not change is the same object
            and (built.until is None or now < built.until)
            and all(running_release(self._host_dir(host)) for host in self._hosts_of(clinic))
        )

    def _job(self, clinic: Clinic, now: datetime) -> Job:
        hosts = {host: self._addresses.base_url(clinic, host) for host in self._hosts_of(clinic)}
        return Job(clinic=as_of(clinic, now), hosts=hosts, sites_dir=self._sites_dir)

    def _note(self, done: Done, clinic: Clinic, now: datetime) -> None:
        for host in done.written:
            logger.info("release written", extra={"clinic": done.slug, "host": host})
        if done.problem:
            logger.error("clinic not built", extra={"clinic": done.slug, "reason": done.problem})
            self.problems[done.slug] = done.problem
            self._built.pop(done.slug, None)
        else:
            self.problems.pop(done.slug, None)
            self._built[done.slug] = _Built(clinic=clinic, until=next_change([clinic], now))

    def _hosts(self, catalog: Catalog, clinics: Iterable[Clinic]) -> list[Host]:
        """What is built now, and what runs of the clinics that could not be."""
        hosts = [
            Host(host=host, clinic=clinic.slug, name=clinic.name, primary=host == clinic.hosts[0])
            for clinic in clinics
            if clinic.slug not in self.problems
            for host in self._hosts_of(clinic)
        ]
        taken = {host.host for host in hosts}
        fine = {host.clinic for host in hosts}
        kept = [
            host
            for host in read_hosts(self._sites_dir)
            if host.clinic in catalog.slugs
            and host.clinic not in fine
            and host.host not in taken
            and running_release(self._host_dir(host.host))
        ]
        return hosts + kept

    def _hosts_of(self, clinic: Clinic) -> tuple[str, ...]:
        return self._addresses.hosts_of(clinic)

    def _host_dir(self, host: str) -> Path:
        return self._sites_dir / "hosts" / host


def build_sites(
    catalog: Catalog, sites_dir: Path, addresses: Addresses, *, now: datetime | None = None
) -> tuple[Host, ...]:
    """Build once; the hosts that are answered then."""
    builder = Builder(sites_dir, addresses)
    builder.build(catalog, now=now or datetime.now(UTC))
    builder.settle()
    return read_hosts(sites_dir)


def build_clinic(job: Job) -> Done:
    """The releases of one clinic.  Never raises: a problem of one clinic is no other's."""
    return build_clinics([job])[0]


def build_clinics(jobs: Iterable[Job]) -> list[Done]:
    """Those of several, which are seen at the same moment."""
    taken: list[Job] = []

    def steps() -> Iterator[Steps[Done]]:
        for job in jobs:
            taken.append(job)
            yield _clinic_steps(job)

    try:
        return take(together(steps()))
    except OSError as error:  # the disk did not take what was written
        return [Done(slug=job.clinic.slug, problem=_words(error)) for job in taken]


def _clinic_steps(job: Job) -> Steps[Done]:
    made: dict[str, bytes] = {}
    try:
        written = yield from together(_host_steps(job, host, made) for host in job.hosts)
    except Exception as error:  # noqa: BLE001 - of any kind
        return Done(slug=job.clinic.slug, problem=_words(error))
    hosts = tuple(host for host, is_new in zip(job.hosts, written, strict=True) if is_new)
    return Done(slug=job.clinic.slug, written=hosts)


def _host_steps(job: Job, host: str, made: dict[str, bytes]) -> Steps[bool]:
    site = Site(clinic=job.clinic, host=host, base_url=job.hosts[host])
    recipes = {path: _shared(recipe, made) for path, recipe in site_makers(site).items()}
    host_dir = job.sites_dir / "hosts" / host
    return (yield from release_steps(host_dir, recipes, site=site_version(site)))


def _shared(recipe: Recipe, made: dict[str, bytes]) -> Recipe:
    """Hosts of a clinic with the same base address have the same pages: each is made once."""
    if not recipe.depends:
        return recipe

    def make() -> bytes:
        key = recipe.key
        if key not in made:
            made[key] = recipe()
        return made[key]

    return replace(recipe, make=make)


def _run(jobs: Iterable[Job]) -> Iterator[Done]:
    waiting = deque(jobs)
    yield from build_clinics(for_a_while(waiting))
    if waiting:
        with workers() as pool:
            for future in as_completed([pool.submit(build_clinic, job) for job in waiting]):
                yield future.result()


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
