"""The page that names a test for each fault names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "faults.md").read_text()


def test_every_test_and_file_that_the_page_names_exists() -> None:
    named = re.findall(r"`([\w/]+(?:\.py)?)`", PAGE)
    source = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    tests = {name for name in named if name.startswith("test_")}
    files = {name for name in named if name.endswith(".py")}
    assert len(tests) > 30
    assert {name for name in tests if f"def {name}(" not in source} == set()
    assert {name for name in files if not (ROOT / name).exists()} == set()
