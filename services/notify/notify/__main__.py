"""`python -m notify COMMAND`."""

import argparse
import os
import sys

from contract.env import SettingsError
from notify import dispatcher, relaying, web, worker
from notify.alertfiles import AlertFiles
from notify.parts import MIGRATIONS, build
from notify.settings import Settings, migration_url
from plumbing.logs import configure_logs
from plumbing.migrations import migrate
from plumbing.running import environment

COMMANDS = {
    "serve": "answer HTTP: events, health, captured messages",
    "worker": "take events and send messages (Celery)",
    "dispatcher": "hand messages to the worker, and sweep",
    "relay": "carry events to leads",
    "migrate": "bring the database to the newest schema",
    "load": "check the alerts files and load them now",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m notify", description="Tell the right person.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        commands.add_parser(name, help=text, description=text)
    command = parser.parse_args().command
    configure_logs("notify" if command == "serve" else f"notify-{command}")
    try:
        return _run(command)
    except SettingsError as error:
        print("\n".join(f"notify: {problem}" for problem in error.problems), file=sys.stderr)
        return 2


def _run(command: str) -> int:
    if command == "migrate":
        unless = "NOTIFY_MIGRATION_DATABASE_URL"
        migrate(migration_url(environment(os.environ, unless=unless)), MIGRATIONS)
        return 0
    settings = Settings.from_env(environment(os.environ, unless="NOTIFY_DATABASE_URL"))
    if command == "worker":
        return worker.run(settings)
    if command == "load":
        return load(settings)
    {"serve": web.run, "dispatcher": dispatcher.run, "relay": relaying.run}[command](settings)
    return 0


def load(settings: Settings) -> int:
    """1 when a file has a mistake; the others are loaded all the same."""
    parts = build(settings, process="notify-load", pool_size=1)
    book = AlertFiles(settings.alerts_dir, parts.engine, parts.reader).load()
    for problem in book.problems:
        print(problem, file=sys.stderr)
    for clinic in book.clinics:
        print(f"{clinic.clinic}: {len(clinic.contacts)} contacts loaded")
    return 1 if book.problems else 0


if __name__ == "__main__":
    sys.exit(main())
