"""The sites of the group: how they are reached, and the list of hosts for the others."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from content.catalog import Catalog
from content.edge import edge_gone, edge_moved, edge_sites
from content.model import Clinic
from content.pages import addresses as addresses_of
from content.schedule import as_of
from plumbing.files import replace_file

READABLE = 0o644  # the edge may run as another user
HOSTS_FILE = "hosts.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """How the sites are reached.  In demo each clinic also answers on <slug>.localhost:port."""

    demo: bool = False
    public_port: int = 0

    def hosts_of(self, clinic: Clinic) -> tuple[str, ...]:
        return (*clinic.hosts, f"{clinic.slug}.localhost") if self.demo else clinic.hosts

    def base_url(self, clinic: Clinic, host: str) -> str:
        """What links name: the clinic's first host, but a demo host names itself."""
        if host.endswith(".localhost"):
            return self.local_url(host)
        return f"https://{clinic.hosts[0]}"

    def local_url(self, host: str) -> str:
        return f"http://{host}:{self.public_port}" if self.public_port else f"http://{host}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One entry of hosts.json."""

    host: str
    clinic: str
    name: str
    primary: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "host": self.host,
            "clinic": self.clinic,
            "name": self.name,
            "primary": self.primary,
        }


def write_listing(
    catalog: Catalog, sites_dir: Path, hosts: list[Host], addresses: Addresses, now: datetime
) -> tuple[Host, ...]:
    """Tell the others, the edge among them, which hosts are answered."""
    hosts = sorted(hosts, key=lambda host: (host.clinic, not host.primary, host.host))
    _write_addresses(catalog, sites_dir, hosts, now)
    _replace_if_changed(sites_dir / "edge" / "sites.caddy", edge_sites(hosts, addresses.demo))
    listing = json.dumps({"hosts": [host.to_json() for host in hosts]}, indent=1) + "\n"
    _replace_if_changed(sites_dir / HOSTS_FILE, listing)
    return tuple(hosts)


def read_hosts(sites_dir: Path) -> tuple[Host, ...]:
    """hosts.json as last written; () before the first release."""
    try:
        listing = json.loads((sites_dir / HOSTS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    return tuple(
        Host(
            host=entry["host"],
            clinic=entry["clinic"],
            name=entry["name"],
            primary=entry["primary"],
        )
        for entry in listing["hosts"]
    )


def held_back(catalog: Catalog) -> frozenset[str]:
    """The clinics whose files are there but have mistakes."""
    return frozenset(catalog.slugs) - {clinic.slug for clinic in catalog.publishable()}


def _write_addresses(
    catalog: Catalog, sites_dir: Path, hosts: Iterable[Host], now: datetime
) -> None:
    """Tell the edge what has moved and what is gone, also of a clinic with mistakes.

    What is taken down must not wait until somebody has corrected another file.
    """
    for host in hosts:
        clinic = catalog.clinic(host.clinic)
        if clinic is None:
            continue
        expired = [a.address for a in clinic.articles if a.expire_at and a.expire_at <= now]
        there = addresses_of(as_of(clinic, now)) if clinic.moved else frozenset()
        moved = [(old, new) for old, new in clinic.moved if new in there]
        rules = {"moved": edge_moved(moved), "gone": edge_gone((*clinic.gone, *expired))}
        for name, rule in rules.items():
            path = sites_dir / "edge" / name / host.host / f"{name}.caddy"
            if rule or path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                _replace_if_changed(path, rule)


def _replace_if_changed(path: Path, text: str) -> None:
    content = text.encode()
    if not path.exists() or path.read_bytes() != content:
        replace_file(path, content, mode=READABLE)
