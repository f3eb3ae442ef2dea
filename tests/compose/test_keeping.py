"""`make backup` of a running stack, and `make restore` onto a machine that has nothing but Docker.

What is restored: the leads, what waited in the spool, the clinic files; what may have been sent
since the backup is held and listed.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import a_form
from tests.compose.stack import DOWN_WITHIN_S, ROOT, Stack, surroundings
from tests.compose.test_up import CLINIC
from tests.servers import free_port
from tests.system.running import reference, wait_until

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]

READ_ONLY = "ALTER ROLE leads_app SET default_transaction_read_only = on"
WRITABLE = "ALTER ROLE leads_app RESET default_transaction_read_only"
CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'leads_app'"


class Requests:
    """The references of three requests: told, queued when the backup was made, in the spool."""

    told = queued = spooled = ""


@pytest.fixture(scope="module")
def requests(stack: Stack) -> Requests:
    made = Requests()
    made.told = send(stack, "told")
    assert wait_until(lambda: made.told in stack.mailed(), seconds=60)
    stack.compose("stop", "notify-worker", "notify-dispatcher")
    made.queued = send(stack, "queued")
    alerts = "SELECT reference FROM alert"
    assert wait_until(lambda: made.queued in ask(stack, "notify", alerts), seconds=60)
    stack.compose("pause", "leads-relay")
    ask(stack, "postgres", READ_ONLY)
    ask(stack, "postgres", CUT_OFF)
    made.spooled = send(stack, "spooled")
    ask(stack, "postgres", WRITABLE)
    assert made.spooled not in stack.references()
    return made


@pytest.fixture(scope="module")
def backup(
    stack: Stack, requests: Requests, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The folder with the backup file and its sheet; the stack is whole again afterwards."""
    folder = tmp_path_factory.mktemp("backup")
    start = time.monotonic()
    keeping(stack, "backup", FILE=str(folder / "the.backup"), SHEET=str(folder / "sheet.txt"))
    print(f"\nbackup: {time.monotonic() - start:.1f} s")  # noqa: T201 - the figure to watch
    stack.compose("unpause", "leads-relay")
    for service in ("notify-worker", "notify-dispatcher"):
        stack.start(service)
    yield folder
    assert wait_until(lambda: requests.spooled in stack.mailed(), seconds=120)


@pytest.fixture(scope="module")
def restored(backup: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """On an empty machine: the programs, without clinic files, volumes and secrets."""
    root = tmp_path_factory.mktemp("machine")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if name.split("/")[0] not in {"clinics", "library", "alerts"} and (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    port = free_port()
    project = f"frontdesk-restored-{port}"
    machine = Stack(
        port=port, project=project, environ=surroundings(root, project, port), root=root
    )
    try:
        start = time.monotonic()
        said = keeping(
            machine,
            "restore",
            FILE=str(backup / "the.backup"),
            SHEET=str(backup / "sheet.txt"),
        )
        print(f"\nrestore: {time.monotonic() - start:.1f} s")  # noqa: T201 - the figure to watch
        assert "may or may not have gone out since the backup: held, not sent" in said
        machine.run("deploy/up", seconds=300)
        yield machine
    finally:
        machine.http.close()
        machine.compose("down", "--volumes", "--timeout", "5", seconds=DOWN_WITHIN_S)


def send(stack: Stack, message: str) -> str:
    return reference(stack.post(CLINIC, a_form(location="marsden", message=message)))


def ask(stack: Stack, database: str, query: str) -> str:
    command = ("psql", "-U", "postgres", "-d", database, "-At", "-c", query)
    return stack.compose("exec", "-T", "postgres", *command)


def held(stack: Stack, *arguments: str) -> str:
    told = ("exec", "-T", "notify", "python", "-m", "notify", "held")
    return stack.compose(*told, *arguments)


def keeping(stack: Stack, command: str, **environ: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "supervisor.keeping", command],
        cwd=stack.root,
        env=stack.environ | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=400,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    return run.stdout


def test_the_leads_and_what_waited_in_the_spool_are_back(
    restored: Stack, requests: Requests
) -> None:
    assert {requests.told, requests.queued} <= restored.references()
    assert wait_until(lambda: requests.spooled in restored.references(), seconds=90)


def test_what_may_have_gone_out_since_is_held_and_listed_and_sent_when_released(
    restored: Stack, requests: Requests
) -> None:
    assert requests.queued in held(restored, "list")
    assert wait_until(lambda: requests.spooled in held(restored, "list"), seconds=90)
    assert requests.queued not in restored.mailed()
    assert "messages go out now" in held(restored, "release", "--all")
    waited_for = {requests.queued, requests.spooled}
    assert wait_until(lambda: waited_for <= restored.mailed(), seconds=60)
    assert requests.told not in restored.mailed()


def test_a_new_request_is_told_as_before(restored: Stack) -> None:
    told = send(restored, "after the restore")
    assert wait_until(lambda: told in restored.mailed(), seconds=60)


def test_a_machine_that_has_data_is_left_alone(restored: Stack, backup: Path) -> None:
    with pytest.raises(AssertionError, match="there is data already, and a restore replaces"):
        keeping(
            restored,
            "restore",
            FILE=str(backup / "the.backup"),
            SHEET=str(backup / "sheet.txt"),
        )
