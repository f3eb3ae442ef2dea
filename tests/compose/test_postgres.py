"""The integration tests on the PostgreSQL that production runs (make test: on the next one)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.compose.stack import ROOT
from tests.servers import free_port, running_postgres

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1200)]


@pytest.fixture
def server(engine: None) -> Iterator[str]:
    """The URL of a fresh server where every role may log in without a password."""
    port = free_port()
    environ = os.environ | {
        "TEST_POSTGRES_PORT": str(port),
        "COMPOSE_PROJECT_NAME": f"frontdesk-test-{port}",
        "COMPOSE_FILE": "tests/compose/postgres.yml",
    }

    def compose(*arguments: str) -> None:
        run = ("docker", "compose", *arguments)
        subprocess.run(run, cwd=ROOT, env=environ, check=True, capture_output=True)

    compose("up", "--detach", "--wait")
    yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    compose("down", "--volumes", "--timeout", "1")


def test_it_is_the_version_of_production_and_make_test_runs_on_the_next(
    server: str, tmp_path: Path
) -> None:
    with running_postgres(tmp_path) as wheel:
        for url, major in ((server, 17), (wheel.url(), 18)):
            with psycopg.connect(url) as connection:
                assert connection.info.server_version // 10_000 == major


def test_the_integration_tests_pass_on_this_server(server: str) -> None:
    areas = ("tests/plumbing", "tests/leads", "tests/notify")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n2", "--dist", "loadfile", *areas],
        cwd=ROOT,
        env=os.environ | {"TEST_POSTGRES_URL": server},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(f"\n{run.stdout.splitlines()[-1]}")  # noqa: T201 - how many there were
    assert run.returncode == 0, run.stdout[-4000:]
