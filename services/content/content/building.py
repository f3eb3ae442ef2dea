"""Build the sites: only what changed, on all cores, each clinic for itself."""

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from content.catalog import Catalog
from content.model import Clinic
from content.recipes import Recipe
from content.release import running_release, write_release
from content.render import Site, site_makers, site_version
from content.schedule import as_of, next_change
from content.sites import Addresses, Host, read_hosts, write_listing
from content.workers import AT_ONCE, workers

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
        for number, done in enumerate(_run(list(jobs.values())), start=1):
            self._note(done, originals[done.slug], now)
            written += done.written
            if step:
                step(number, len(jobs))
        self.problems = {slug: why for slug, why in self.problems.items() if slug in catalog.slugs}
        self._built = {slug: built for slug, built in self._built.items() if slug in originals}
        hosts = self._hosts(catalog, clinics)
        write_listing(catalog, self._sites_dir, hosts, self._addresses, now)
        return written

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
    Builder(sites_dir, addresses).build(catalog, now=now or datetime.now(UTC))
    return read_hosts(sites_dir)


def build_clinic(job: Job) -> Done:
    """The releases of one clinic.  Never raises: a problem of one clinic is no other's."""
    written = []
    made: dict[str, bytes] = {}
    try:
        for host, base_url in job.hosts.items():
            site = Site(clinic=job.clinic, host=host, base_url=base_url)
            recipes = {path: _shared(recipe, made) for path, recipe in site_makers(site).items()}
            host_dir = job.sites_dir / "hosts" / host
            if write_release(host_dir, recipes, site=site_version(site)):
                written.append(host)
    except Exception as error:  # noqa: BLE001 - of any kind
        return Done(slug=job.clinic.slug, written=tuple(written), problem=_words(error))
    return Done(slug=job.clinic.slug, written=tuple(written))


def _shared(recipe: Recipe, made: dict[str, bytes]) -> Recipe:
    """Hosts of a clinic with the same base address have the same pages: each is made once."""
    key = recipe.key
    if not key:
        return recipe

    def make() -> bytes:
        if key not in made:
            made[key] = recipe()
        return made[key]

    return replace(recipe, make=make)


def _run(jobs: list[Job]) -> Iterator[Done]:
    if len(jobs) <= AT_ONCE:
        yield from (build_clinic(job) for job in jobs)
        return
    with workers() as pool:
        for future in as_completed([pool.submit(build_clinic, job) for job in jobs]):
            yield future.result()


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
