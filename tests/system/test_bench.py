"""The benchmark that the README names runs and says what it measured."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_benchmark_prints_its_figures() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "capture"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"commit to capture p50: [\d.e+]+ ms, n 10$", done.stdout, re.MULTILINE)
