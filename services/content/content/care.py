"""The commands for those who keep the content right: attest, health, rollback."""

# ruff: noqa: T201 - a command prints

import argparse
import os
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from content.attestation import today
from content.catalog import Catalog, read_catalog
from content.health import Health, health_of
from content.lost import Lost, lost_addresses
from content.model import Attestation
from content.reviews import AttestRefused, attest
from content.rollback import (
    RollbackRefused,
    kept_releases,
    others_of,
    resume,
    roll_back,
    rolled_back,
)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _add_attest(commands)
    _add_health(commands)
    _add_rollback(commands)


def add_folders(parser: argparse.ArgumentParser) -> None:
    for name in ("clinics", "library"):
        default = Path(os.environ.get(f"{name.upper()}_DIR") or name)
        option = f"--{name}-dir"
        parser.add_argument(option, type=Path, default=default, metavar="DIR", dest=name)


def catalog_of(options: argparse.Namespace) -> Catalog | None:
    if not options.clinics.is_dir():
        print(
            f"{options.clinics}: no such folder; set CLINICS_DIR or --clinics-dir", file=sys.stderr
        )
        return None
    return read_catalog(options.clinics, options.library)


def _add_attest(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "write down that a reviewer answers for the clinical blocks of articles"
    attested = commands.add_parser("attest", help=about)
    add_folders(attested)
    attested.add_argument("files", nargs="+", type=Path, metavar="FILE")
    attested.add_argument("--reviewer", required=True, help='like "Dana Whitlock, MD"')
    attested.add_argument("--license", required=True, help='like "California A 99999"')
    attested.add_argument("--on", type=date.fromisoformat, default=today(), metavar="DATE")
    due = attested.add_argument("--next-review", type=date.fromisoformat, metavar="DATE")
    due.required = True
    attested.set_defaults(run=_attest)


def _add_rollback(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "serve the release before the running one, until --resume"
    back = commands.add_parser("rollback", help=about)
    back.add_argument("host", metavar="HOST")
    how = back.add_mutually_exclusive_group()
    how.add_argument("--to", default="", metavar="ID", help="a certain release")
    how.add_argument("--list", action="store_true", dest="lists", help="only say what there is")
    how.add_argument("--resume", action="store_true", help="serve again what is built")
    _add_sites(back)
    back.set_defaults(run=_rollback)


def _add_health(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "reviews that are due, numbers side by side, dead links, missing help"
    health = commands.add_parser("health", help=about)
    add_folders(health)
    _add_sites(health)
    health.set_defaults(run=_health)


def _add_sites(parser: argparse.ArgumentParser) -> None:
    data = Path(os.environ.get("DATA_DIR") or ".data")
    default = Path(os.environ.get("SITES_DIR") or data / "sites")
    parser.add_argument("--sites-dir", type=Path, default=default, metavar="DIR", dest="sites")


def _attest(options: argparse.Namespace) -> int:
    catalog = catalog_of(options)
    if catalog is None:
        return 1
    word = Attestation(
        reviewer=options.reviewer,
        license=options.license,
        on=options.on,
        next_review=options.next_review,
        lock="",
    )
    try:
        done = attest(catalog, options.files, word)
    except AttestRefused as error:
        print(f"attest: {error}", file=sys.stderr)
        return 1
    for entry in done:
        print(f"{entry.path}: attested as {entry.lock[:12]}… in {entry.kept_in}")
    return 0


def _rollback(options: argparse.Namespace) -> int:
    sites, host = options.sites, options.host
    try:
        if options.lists:
            for kept in kept_releases(sites, host):
                states = ("running" * kept.is_running, "held" * kept.is_pinned)
                print(f"{kept.identity}  {kept.built_at:%Y-%m-%d %H:%M:%S} UTC ", end=" ")
                print(", ".join(filter(None, states)))
            return 0
        if options.resume:
            print(f"{host}: {resume(sites, host)} is shown again, and what is built from now on")
            return 0
        print(f"{host}: {roll_back(sites, host, options.to)} is shown and held until --resume")
    except RollbackRefused as error:
        print(f"rollback: {error}", file=sys.stderr)
        return 1
    if others := others_of(sites, host):
        print(f"not touched, of the same clinic: {', '.join(others)}")
    return 0


def _health(options: argparse.Namespace) -> int:
    catalog = catalog_of(options)
    if catalog is None:
        return 1
    now = datetime.now(UTC)
    lost = lost_addresses(catalog, options.sites, now)
    for line in health_lines(health_of(catalog, now), rolled_back(options.sites), lost):
        print(line)
    return 0


def health_lines(health: Health, held: dict[str, str], lost: Iterable[Lost]) -> list[str]:
    """The board as text; `held`: hosts that a rollback holds, and the release."""
    pressing = [*health.of_state("overdue"), *health.of_state("waits"), *health.of_state("soon")]
    parts = {
        "Reviews that are overdue, missing, or due within 60 days": [
            f"{review.path}: {review.due or review.why} ({review.clinic})" for review in pressing
        ],
        "Articles about a condition that do not say when to get help now": [
            f"{found.path}: {found.what}" for found in health.missing_help
        ],
        "Links that are shown as plain words for now": [
            f"{found.path}:{found.line}: {found.what}" for found in health.dead_links
        ],
        "Addresses that were public and answer 404 now": [
            f"{entry.clinic}{entry.address}: {entry.remedy}" for entry in lost
        ],
        "Placements that read alike": [
            f"{pair.article}: {' and '.join(pair.clinics)}, {pair.share:.0%} the same"
            for pair in health.alike
        ],
        "Hosts that a rollback holds": [
            f"{host}: {identity}; end it: python -m content rollback {host} --resume"
            for host, identity in held.items()
        ],
        "All numbers, side by side": [
            f"{told.number.unit}: {told.number.written} | {told.number.sentence} |"
            f" {'; '.join(told.where)}"
            for told in health.numbers
        ],
    }
    return [
        line
        for title, lines in parts.items()
        for line in (title, *(f"  {line}" for line in lines or ["none"]), "")
    ]
