"""Commits cut at the very byte, processes killed and frozen, disks full: nothing told is lost."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]


def test_what_was_told_is_stored_once_whatever_broke_meanwhile() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "faults", "--quick", "accept"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "commits cut: 12 of 12" in done.stdout
    assert re.search(r"told: [1-9]\d* requests", done.stdout)
