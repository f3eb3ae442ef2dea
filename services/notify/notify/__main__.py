"""`python -m notify COMMAND`."""

import argparse
import os
import sys
from collections.abc import Callable

from contract.env import SettingsError
from notify import commands, dispatcher, held, relaying, web, worker
from notify.commands import Refused
from notify.parts import MIGRATIONS, Parts, build
from notify.settings import Settings, migration_url
from notify.start import refuse_bad_start
from plumbing.logs import configure_logs
from plumbing.migrations import migrate
from plumbing.running import environment

PROCESSES = {
    "serve": "answer HTTP: events, health, links in alerts, captured messages",
    "worker": "take events and send messages (Celery)",
    "dispatcher": "hand messages to the worker, and sweep",
    "relay": "carry events to leads",
    "migrate": "bring the database to the newest schema",
}
ASKED = {
    "load": "check the alerts files and load them now",
    "check": "name every mistake in the alerts files, and locations that nobody is told for",
    "who": "print who would be told about a request, and why",
    "test": "tell the contacts of a location that this is a test",
    "story": "print everything that happened to an alert, from the audit alone",
    "stuck": "say what does not get on by itself, and what to do",
    "alerts": "compare the alerts files with the tables",
    "held": "messages that wait for a person after a restore",
}
COMPARE = {
    "diff": "print what the tables have that the files do not say",
    "accept-file": "give up what was changed on the desk for a clinic",
}
OPERATORS: dict[str, Callable[[Settings, Parts, argparse.Namespace], int]] = {
    "load": commands.load,
    "check": commands.check,
    "who": commands.who,
    "test": commands.test,
    "story": commands.story,
    "stuck": commands.stuck,
    "diff": commands.diff,
    "accept-file": commands.accept_file,
}


def main() -> int:
    asked = _parser().parse_args()
    try:
        return _run(asked)
    except SettingsError as error:
        print("\n".join(f"notify: {problem}" for problem in error.problems), file=sys.stderr)
        return 2
    except Refused as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m notify", description="Tell the right person.")
    named = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = {
        name: named.add_parser(name, help=text, description=text)
        for name, text in (PROCESSES | ASKED).items()
    }
    for name in ("who", "test"):
        made[name].add_argument("--clinic", required=True, metavar="SLUG")
        made[name].add_argument("--location", required=True, metavar="SLUG")
    made["who"].add_argument(
        "--at", default="", metavar="TIME", help='"Friday 18:05" or 2026-11-27T18:05; now without'
    )
    made["who"].add_argument(
        "--speaks", default="", metavar="LANGUAGE", help="wanted for the call, such as es"
    )
    made["story"].add_argument("id", metavar="ALERT_OR_LEAD_ID")
    made["story"].add_argument("--zone", default="UTC", metavar="ZONE", help="of the times")
    held.add_to(made["held"])
    made["test"].add_argument(
        "--wait", type=float, default=20, metavar="SECONDS", help="for the providers' answers"
    )
    compare = made["alerts"].add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMPARE.items():
        made[name] = compare.add_parser(name, help=text, description=text)
    made["accept-file"].add_argument("--clinic", required=True, metavar="SLUG")
    return parser


def _run(asked: argparse.Namespace) -> int:
    command = asked.command
    if command == "migrate":
        configure_logs("notify-migrate")
        unless = "NOTIFY_MIGRATION_DATABASE_URL"
        migrate(migration_url(environment(os.environ, unless=unless)), MIGRATIONS)
        return 0
    told = environment(os.environ, unless="NOTIFY_DATABASE_URL")
    if command == "held":
        print(held.run(asked, told))
        return 0
    settings = Settings.from_env(told)
    if command in OPERATORS:
        parts = build(settings, process=f"notify-{command}", pool_size=1)
        return OPERATORS[command](settings, parts, asked)
    configure_logs("notify" if command == "serve" else f"notify-{command}")
    refuse_bad_start(settings)
    if command == "worker":
        return worker.run(settings)
    {"serve": web.run, "dispatcher": dispatcher.run, "relay": relaying.run}[command](settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
