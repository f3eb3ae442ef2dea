"""Long work shows how far it is, to people only."""

import os
import pty
import subprocess
import sys
import threading

import pytest

from tests.content.conftest import ARTICLE, CLINIC, Group


def told(group: Group, *command: str) -> tuple[str, str]:
    """(what a person sees on the terminal, what goes into a file) of `python -m content …`."""
    folders = ("--clinics-dir", str(group.clinics), "--library-dir", str(group.library))
    terminal, inside = pty.openpty()
    shown = bytearray()

    def read() -> None:
        try:
            while data := os.read(terminal, 65536):
                shown.extend(data)
        except OSError:  # the other end is closed
            pass

    reader = threading.Thread(target=read)
    reader.start()
    done = subprocess.run(
        [sys.executable, "-m", "content", command[0], *folders, *command[1:]],
        env={"PATH": os.environ["PATH"], "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=inside,
        text=True,
        check=False,
    )
    os.close(inside)
    reader.join(10)
    os.close(terminal)
    assert done.returncode == 0, (done.stdout, shown.decode())
    return shown.decode(), done.stdout


@pytest.fixture
def several(group: Group) -> Group:
    for slug in ("south", "west"):
        group.write(f"{slug}/clinic.toml", CLINIC.replace("north", slug))
        group.write(f"{slug}/articles/sore-back.md", ARTICLE)
    return group


def test_a_build_shows_how_many_clinics_are_done(several: Group) -> None:
    shown, printed = told(several, "build", "--out", str(several.sites))
    assert "Building" in shown
    assert "100%" in shown
    assert "Building" not in printed


def test_an_import_shows_how_many_files_are_read(several: Group) -> None:
    files = []
    for number in range(3):
        files.append(several.clinics.parent / f"{number}.txt")
        files[-1].write_text(f"Title {number}\n\nWords.\n")
    shown, printed = told(several, "import", *map(str, files), "--clinic", "north")
    assert "reading" in shown
    assert "100%" in shown
    assert "0.txt -> " in printed


def test_a_log_gets_no_bar(several: Group) -> None:
    folders = ("--clinics-dir", several.clinics, "--library-dir", several.library)
    done = subprocess.run(
        [sys.executable, "-m", "content", "build", "--out", several.sites, *folders],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout + done.stderr == ""
