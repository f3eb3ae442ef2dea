"""python -m leads …: the processes of leads and what an operator does with them."""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from contract.env import SettingsError
from leads.app import create_app
from leads.commands import comments as comments_command
from leads.commands import held as held_command
from leads.commands import key as key_command
from leads.commands import keys as keys_command
from leads.commands import person as person_command
from leads.commands import retention as retention_command
from leads.commands import spool as spool_command
from leads.processes import run_consumer, run_relay
from leads.settings import Settings, migration_url
from leads.staff import commands as staff_commands
from leads.start import refuse_bad_start
from plumbing.logs import configure_logs
from plumbing.migrations import migrate
from plumbing.running import environment
from plumbing.web import serve

MIGRATIONS = Path(__file__).parent / "migrations"

COMMANDS = {
    "comments": comments_command,
    "held": held_command,
    "key": key_command,
    "keys": keys_command,
    "person": person_command,
    "retention": retention_command,
    "spool": spool_command,
    "staff": staff_commands,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m leads", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="take requests over HTTP")
    commands.add_parser("relay", help="carry events to notify")
    commands.add_parser("consumer", help="take events from notify")
    commands.add_parser("migrate", help="bring the database to the newest schema")
    comments_command.add_to(commands.add_parser("comments", help="what readers wrote"))
    held_command.add_to(commands.add_parser("held", help="requests held as possible spam"))
    key_command.add_to(commands.add_parser("key", help="keys of the JSON API"))
    keys_command.add_to(commands.add_parser("keys", help="keys that seal what patients typed"))
    person_command.add_to(commands.add_parser("person", help="what is stored about somebody"))
    retention_command.add_to(commands.add_parser("retention", help="what is past its time"))
    spool_command.add_to(commands.add_parser("spool", help="requests on this host's disk"))
    staff_commands.add_to(commands.add_parser("staff", help="who may use the desk"))
    asked = parser.parse_args(arguments)
    configure_logs("leads" if asked.command == "serve" else f"leads-{asked.command}")
    try:
        return run(asked)
    except SettingsError as error:
        for problem in error.problems:
            print(f"leads: {problem}", file=sys.stderr)
        return 2


def run(asked: argparse.Namespace) -> int:
    """The exit code.  Raises SettingsError."""
    if asked.command == "migrate":
        migrate(
            migration_url(environment(os.environ, unless="LEADS_MIGRATION_DATABASE_URL")),
            MIGRATIONS,
        )
        return 0
    if asked.command in {"relay", "consumer"}:
        told = environment(os.environ, unless="LEADS_JOBS_DATABASE_URL")
        return _run_job(asked.command, Settings.from_env(told, jobs=True))
    settings = Settings.from_env(environment(os.environ, unless="LEADS_DATABASE_URL"))
    if asked.command in COMMANDS:
        code: int = COMMANDS[asked.command].run(asked, settings)
        return code
    refuse_bad_start(settings, uses_queues=False)
    serve(partial(create_app, settings), bind=settings.bind, port=settings.port)
    return 0


def _run_job(name: str, settings: Settings) -> int:
    refuse_bad_start(settings, uses_queues=True)
    if name == "consumer":
        return run_consumer(settings)
    run_relay(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
