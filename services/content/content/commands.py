"""The commands of `python -m content`."""

import argparse
import os
import sys
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from content import upkeep
from content.app import create_app, create_preview_app
from content.attestation import today
from content.building import Builder
from content.catalog import Catalog, read_catalog
from content.importing.command import ImportRefused, import_files
from content.live import LiveCatalog
from content.model import Attestation
from content.progress import progress, tracked
from content.publisher import ContentPublisher
from content.reviews import AttestRefused, attest, notices
from content.rollback import RollbackRefused, kept_releases, others_of, resume, roll_back
from content.settings import PublisherSettings, WebSettings
from content.sites import Addresses
from contract.env import SettingsError
from plumbing.health import serve_health
from plumbing.logs import configure_logs
from plumbing.loops import stop_on_signals
from plumbing.web import serve

PREVIEW_PORT = 8010
LOOPBACK = "127.0.0.1"


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except SettingsError as error:
        for problem in error.problems:
            print(f"content: {problem}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m content", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="print every mistake of every clinic file")
    _add_folders(check)
    check.set_defaults(run=_check)
    build = commands.add_parser("build", help="write a release for each host")
    _add_folders(build)
    build.add_argument("--out", type=Path, required=True, metavar="DIR")
    build.set_defaults(run=_build)
    _add_attest(commands)
    _add_rollback(commands)
    preview = commands.add_parser("preview", help=f"show drafts on {LOOPBACK}:{PREVIEW_PORT}")
    _add_folders(preview)
    preview.add_argument("--port", type=int, default=PREVIEW_PORT)
    preview.set_defaults(run=_preview)
    publish = commands.add_parser("publish", help="build releases and publish the directory")
    publish.add_argument("--watch", action="store_true", help="and again at every change")
    publish.set_defaults(run=_publish)
    imported = commands.add_parser(
        "import", help="turn texts, HTML pages or WordPress exports into drafts"
    )
    _add_folders(imported)
    imported.add_argument("files", nargs="+", type=Path, metavar="FILE")
    where = imported.add_mutually_exclusive_group(required=True)
    where.add_argument("--clinic", metavar="SLUG", default="", help="a clinic that is there")
    where.add_argument("--new-clinic", metavar="SLUG", default="", help="and propose clinic.toml")
    where.add_argument("--library", action="store_true", dest="to_library", help="no clinic's own")
    imported.set_defaults(run=_import)
    upkeep.add_commands(commands, _add_folders)
    commands.add_parser("serve", help="the web process").set_defaults(run=_serve)
    return parser


def _add_attest(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "write down that a reviewer answers for the clinical blocks of articles"
    attested = commands.add_parser("attest", help=about)
    _add_folders(attested)
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
    data = Path(os.environ.get("DATA_DIR") or ".data")
    default = Path(os.environ.get("SITES_DIR") or data / "sites")
    back.add_argument("--sites-dir", type=Path, default=default, metavar="DIR", dest="sites")
    back.set_defaults(run=_rollback)


def _add_folders(parser: argparse.ArgumentParser) -> None:
    for name in ("clinics", "library"):
        default = Path(os.environ.get(f"{name.upper()}_DIR") or name)
        option = f"--{name}-dir"
        parser.add_argument(option, type=Path, default=default, metavar="DIR", dest=name)


def _catalog(options: argparse.Namespace) -> Catalog | None:
    if not options.clinics.is_dir():
        print(
            f"{options.clinics}: no such folder; set CLINICS_DIR or --clinics-dir", file=sys.stderr
        )
        return None
    return read_catalog(options.clinics, options.library)


def _check(options: argparse.Namespace) -> int:
    catalog = _catalog(options)
    return 1 if catalog is None else _report(catalog)


def _report(catalog: Catalog) -> int:
    for mistake in catalog.mistakes:
        print(mistake)
    for notice in notices(catalog, datetime.now(UTC)):
        print(f"notice: {notice}")
    return 1 if catalog.mistakes else 0


def _build(options: argparse.Namespace) -> int:
    catalog = _catalog(options)
    if catalog is None:
        return 1
    demo = os.environ.get("FRONTDESK_DEMO") == "1"
    port = int(os.environ.get("PUBLIC_PORT") or 0)
    builder = Builder(options.out, Addresses(demo=demo, public_port=port))
    with progress("Building") as step:
        builder.build(catalog, now=datetime.now(UTC), step=step)
    for slug, problem in builder.problems.items():
        print(f"{slug}: not built: {problem}", file=sys.stderr)
    return _report(catalog) or bool(builder.problems)


def _attest(options: argparse.Namespace) -> int:
    catalog = _catalog(options)
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


def _preview(options: argparse.Namespace) -> int:
    if _catalog(options) is None:
        return 1
    live = LiveCatalog(options.clinics, options.library)
    addresses = Addresses(demo=True, public_port=options.port)
    print(f"preview: {addresses.local_url('localhost')}/ (end with Ctrl-C)", flush=True)
    serve(partial(create_preview_app, live, addresses), bind=LOOPBACK, port=options.port, workers=1)
    return 0


def _publish(options: argparse.Namespace) -> int:
    configure_logs("content-publisher")
    settings = PublisherSettings.from_env(os.environ)
    publisher = ContentPublisher(settings)
    if not options.watch:
        mistakes = publisher.build().mistakes
        return 0 if publisher.publish() and not mistakes else 1
    stop = stop_on_signals()
    serve_health(settings.health_port, {"directory": lambda: publisher.problem}, bind=settings.bind)
    publisher.watch(stop)
    return 0


def _serve(_options: argparse.Namespace) -> int:
    configure_logs("content")
    settings = WebSettings.from_env(os.environ)
    serve(partial(create_app, settings), bind=settings.bind, port=settings.port)
    return 0


def _import(options: argparse.Namespace) -> int:
    try:
        report = import_files(
            options.files,
            clinics_dir=options.clinics,
            library_dir=options.library,
            clinic=options.clinic or options.new_clinic,
            is_new=bool(options.new_clinic),
            tracked=lambda files: tracked(files, "reading"),
        )
    except ImportRefused as error:
        print(f"import: {error}", file=sys.stderr)
        return 1
    print("\n".join(report))
    return 0
