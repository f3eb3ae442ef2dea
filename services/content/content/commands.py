"""The commands of `python -m content`."""

import argparse
import os
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from content import care, upkeep
from content.app import create_app, create_preview_app
from content.building import Builder
from content.care import add_folders, catalog_of
from content.catalog import Catalog
from content.importing.command import ImportRefused, import_files
from content.live import LiveCatalog
from content.progress import progress, tracked
from content.publisher import ContentPublisher
from content.reviews import notices
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
    add_folders(check)
    check.set_defaults(run=_check)
    build = commands.add_parser("build", help="write a release for each host")
    add_folders(build)
    build.add_argument("--out", type=Path, required=True, metavar="DIR")
    build.set_defaults(run=_build)
    care.add_to(commands)
    preview = commands.add_parser("preview", help=f"show drafts on {LOOPBACK}:{PREVIEW_PORT}")
    add_folders(preview)
    preview.add_argument("--port", type=int, default=PREVIEW_PORT)
    preview.set_defaults(run=_preview)
    publish = commands.add_parser("publish", help="build releases and publish the directory")
    publish.add_argument("--watch", action="store_true", help="and again at every change")
    publish.set_defaults(run=_publish)
    imported = commands.add_parser(
        "import", help="turn texts, HTML pages or WordPress exports into drafts"
    )
    add_folders(imported)
    imported.add_argument("files", nargs="+", type=Path, metavar="FILE")
    where = imported.add_mutually_exclusive_group(required=True)
    where.add_argument("--clinic", metavar="SLUG", default="", help="a clinic that is there")
    where.add_argument("--new-clinic", metavar="SLUG", default="", help="and propose clinic.toml")
    where.add_argument("--library", action="store_true", dest="to_library", help="no clinic's own")
    imported.set_defaults(run=_import)
    upkeep.add_commands(commands, add_folders)
    commands.add_parser("serve", help="the web process").set_defaults(run=_serve)
    return parser


def _check(options: argparse.Namespace) -> int:
    catalog = catalog_of(options)
    return 1 if catalog is None else _report(catalog)


def _report(catalog: Catalog) -> int:
    for mistake in catalog.mistakes:
        print(mistake)
    for notice in notices(catalog, datetime.now(UTC)):
        print(f"notice: {notice}")
    return 1 if catalog.mistakes else 0


def _build(options: argparse.Namespace) -> int:
    catalog = catalog_of(options)
    if catalog is None:
        return 1
    demo = os.environ.get("FRONTDESK_DEMO") == "1"
    port = int(os.environ.get("PUBLIC_PORT") or 0)
    builder = Builder(options.out, Addresses(demo=demo, public_port=port))
    with progress("Building") as step:
        builder.build(catalog, now=datetime.now(UTC), step=step)
        builder.settle()
    for slug, problem in builder.problems.items():
        print(f"{slug}: not built: {problem}", file=sys.stderr)
    return _report(catalog) or bool(builder.problems)


def _preview(options: argparse.Namespace) -> int:
    if catalog_of(options) is None:
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
