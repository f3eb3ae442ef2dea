"""The benchmark that the README names runs and says what it measured."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bench import progress

ROOT = Path(__file__).parents[2]


def quick(name: str) -> "subprocess.CompletedProcess[str]":
    """One measure, small; on a busy machine its bounds mean little and its exit code too."""
    return subprocess.run(
        [sys.executable, "-m", "bench", "--quick", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_benchmark_prints_its_figures() -> None:
    done = quick("capture")
    assert done.returncode == 0, done.stderr
    assert re.search(r"commit to capture p50: [\d.e+]+ ms, n 10$", done.stdout, re.MULTILINE)


def test_what_it_costs_to_take_a_request_is_measured_beside_a_bare_form() -> None:
    done = quick("accept")
    for what in ("accept, everything in it", "accept into the spool", "POST to 303 p99", "memory"):
        assert what in done.stdout, done.stderr
    assert "requests refused: 0 (" in done.stdout.replace("0  (", "0 (")


def test_a_part_that_is_not_there_is_answered_with_those_that_are() -> None:
    done = quick("accept:memories")
    assert done.returncode == 1
    assert "it has costs, waiting, memory" in done.stderr


def test_the_times_of_refused_sign_ins_are_compared() -> None:
    done = quick("sign_in")
    assert done.stdout.count("apart, ") == 8, done.stderr


def test_the_desk_is_measured_beside_bare_queries() -> None:
    done = quick("desk")
    for what in ("list of one clinic", "search of all clinics", "report of all", "memory of an"):
        assert what in done.stdout, done.stderr


def test_how_far_a_long_run_has_come_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    for is_terminal, shown in ((False, "1 of 3 races after 0 s"), (True, "races")):
        out = io.StringIO()
        console = Console(file=out, force_terminal=is_terminal, width=80)
        assert list(progress.counted("abc", "races", console=console)) == ["a", "b", "c"]
        assert shown in out.getvalue()
