"""Addresses that were public and answer 404 now, because a file was renamed or removed by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from content.catalog import Catalog
from content.manifest import read_manifest
from content.model import Clinic
from content.pages import addresses
from content.release import releases
from content.schedule import as_of

PAGE = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """`now`: the one address that came when this one went, "" when there is no such one."""

    clinic: str
    address: str
    now: str

    @property
    def remedy(self) -> str:
        file = f"clinics/{self.clinic}/redirects.toml"
        if self.now:
            return f'add to {file}, below [moved]: "{self.address}" = "{self.now}"'
        return f'add to {file} where it leads, or that it is gone: gone = ["{self.address}"]'


def lost_addresses(catalog: Catalog, sites_dir: Path, now: datetime) -> tuple[Lost, ...]:
    """Of every clinic, as far back as its releases are kept."""
    return tuple(
        lost for clinic in catalog.publishable() for lost in _of_clinic(clinic, sites_dir, now)
    )


def _of_clinic(clinic: Clinic, sites_dir: Path, now: datetime) -> Iterator[Lost]:
    host_dir = sites_dir / "hosts" / clinic.hosts[0]
    built = [_pages(host_dir, release.name) for release in reversed(releases(host_dir))]
    public = addresses(as_of(clinic, now))
    meant = {old for old, _new in clinic.moved} | set(clinic.gone)
    meant |= {article.address for article in clinic.articles}  # scheduled, expired, taken down
    found: dict[str, str] = {}
    for before, after in pairwise([*built, public]):
        for address in before - after - public - meant:
            came = [new for new in after - before if _folder(new) == _folder(address)]
            found[address] = came[0] if len(came) == 1 and came[0] in public else ""
    for address in sorted(found):
        yield Lost(clinic=clinic.slug, address=address, now=found[address])


def _pages(host_dir: Path, identity: str) -> frozenset[str]:
    files = read_manifest(host_dir, identity).files
    return frozenset(
        f"/{path.removesuffix(PAGE)}" for path in files if f"/{path}".endswith(f"/{PAGE}")
    )


def _folder(address: str) -> str:
    return address.rstrip("/").rpartition("/")[0]
