"""Whatever breaks, every request that was told "sent" is settled, once."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]


def test_alerts_are_settled_once_whatever_broke_meanwhile() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "faults", "--quick", "--seed", "7", "alerts"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert re.search(r"requests told sent: [1-9]\d*", done.stdout)
    for what in ("told and not stored", "unsettled", "texts sent twice"):
        assert f"  {what}: 0 " in done.stdout, done.stdout
