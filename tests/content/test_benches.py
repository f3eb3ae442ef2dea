"""The benchmarks of pages and builds run and say what they measured."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.integration

FIGURES = {
    "pages": ("CPU of an article page",),
    "build": ("full build, against bare render", "a word that changes on 2 pages", "publish to"),
    "large": ("peak memory", "second build, nothing changed", "edge, peak"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_benchmark_prints_its_figures(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--seed", "1", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for figure in FIGURES[name]:
        assert figure in done.stdout
