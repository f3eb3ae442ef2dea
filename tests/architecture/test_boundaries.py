"""Who may know whom, and that importing does nothing."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "contract": ROOT / "contract",
    "plumbing": ROOT / "plumbing",
    "content": ROOT / "services/content",
    "leads": ROOT / "services/leads",
    "notify": ROOT / "services/notify",
    "supervisor": ROOT / "supervisor",
}
DOMAIN_WORDS = re.compile(
    r"\b(clinic|lead|patient|location|alert|article|appointment|placement)s?\b", re.IGNORECASE
)
FILE_LINES = 300
FUNCTION_LINES = 60


def modules(package: str) -> list[Path]:
    return [
        path
        for path in sorted((PACKAGES[package] / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def every_module() -> list[Path]:
    return [path for package in PACKAGES for path in modules(package)]


def test_imports_keep_to_the_contracts() -> None:
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, check=False
    )
    assert result.returncode == 0, result.stdout.decode()


def test_who_only_reads_ends_in_a_commit_too() -> None:
    """Else psycopg forgets what the server has prepared (plumbing.database)."""
    bare = re.compile(r"engine\.connect\(\) as ")
    found = [f"{path.name}" for path in every_module() if bare.search(path.read_text())]
    assert found == []


def test_the_contract_uses_the_standard_library_alone() -> None:
    for path in modules("contract"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                root = name.split(".")[0]
                assert root == "contract" or root in sys.stdlib_module_names, f"{path}: {name}"


def test_plumbing_has_no_word_of_the_domain() -> None:
    for path in modules("plumbing"):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            found = DOMAIN_WORDS.search(line)
            assert not found, f"{path}:{number}: {line.strip()}"


IMPORT_ALL = """
import importlib, socket, sys
def refuse(*_args, **_kwargs):
    raise AssertionError("a module opened a connection while it was imported")
socket.socket.connect = refuse
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_any_module_does_nothing(package: str, tmp_path: Path) -> None:
    """With an empty environment, in an empty folder, without a network."""
    names = [
        ".".join(path.relative_to(PACKAGES[package]).with_suffix("").parts).removesuffix(
            ".__init__"
        )
        for path in modules(package)
    ]
    result = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *names],
        cwd=tmp_path,
        env={"PYTHONDONTWRITEBYTECODE": "1", "PATH": os.defpath},
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout == b""
    assert list(tmp_path.iterdir()) == []


def test_files_and_functions_stay_small() -> None:
    for path in every_module():
        text = path.read_text()
        assert len(text.splitlines()) <= FILE_LINES, f"{path} has grown: split it"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno:
                length = node.end_lineno - node.lineno + 1
                assert length <= FUNCTION_LINES, f"{path}: {node.name} has {length} lines"


def test_first_party_imports_are_at_the_top() -> None:
    for path in every_module():
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom):
                    root = (node.module or "").split(".")[0]
                    assert root not in PACKAGES, f"{path}: {function.name} imports {node.module}"


def test_every_module_says_what_it_is_for() -> None:
    for path in every_module():
        assert ast.get_docstring(ast.parse(path.read_text())), path
