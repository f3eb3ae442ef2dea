"""Prepare .venv: ``python bootstrap.py run`` or ``python bootstrap.py dev``.

Standard library only, for the Python of the machine: this runs before anything is installed.
What has been prepared is not done again, and copies that start at once wait for one another.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PACKAGES = (
    "contract",
    "plumbing",
    "services/content",
    "services/leads",
    "services/notify",
    "supervisor",
)
APT_LINE = "sudo apt-get install -y python3-venv make"
# --no-compile: most of what is installed is never imported, the rest is compiled when it is
PIP = ("install", "--no-compile", "--no-input", "--disable-pip-version-check")
SHOW_EVERY_S = 5.0
LAST_LINES = 20


class PrepareError(Exception):
    """The message is for the person at the terminal."""


class Steps:
    """Says what is being done, with the seconds since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = 0.0

    def say(self, text: str) -> None:
        self._shown = time.monotonic()
        print(f"frontdesk | {self._shown - self._began:5.1f} s  {text}", flush=True)

    def say_now_and_then(self, text: str) -> None:
        if time.monotonic() - self._shown >= SHOW_EVERY_S:
            self.say(text)


def prepare(kind: str, steps: Steps) -> None:
    """Bring .venv to requirements/`kind`.txt and our own packages; raises PrepareError."""
    VENV.mkdir(exist_ok=True)
    with _locked(VENV, steps):
        if not _works(PYTHON):
            _create(steps)
        requirements = ROOT / "requirements" / f"{kind}.txt"
        stamp, wanted = VENV / f"prepared-{kind}", _fingerprint(requirements)
        if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
            return
        _install(requirements, steps)
        steps.say("own packages")
        editable = [part for package in PACKAGES for part in ("-e", str(ROOT / package))]
        _pip("--no-deps", "--no-build-isolation", *editable, steps=steps, what="own packages")
        stamp.write_text(wanted, encoding="ascii")
        steps.say("prepared")


def _create(steps: Steps) -> None:
    try:
        __import__("ensurepip")  # Debian leaves it out of its plain python3
        __import__("venv")
    except ImportError:
        raise PrepareError(f"this Python cannot make environments. Run: {APT_LINE}") from None
    steps.say(f"environment for Python {sys.version.split()[0]}")
    shutil.rmtree(VENV / "bin", ignore_errors=True)  # links to a Python that is gone
    run = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        raise PrepareError(f"{run.stdout}{run.stderr}\nIf parts of Python are missing: {APT_LINE}")


def _install(requirements: Path, steps: Steps) -> None:
    count = requirements.read_text(encoding="utf-8").count("==")
    steps.say(f"{count} packages (once; about 150 MB from the package index)")
    arguments = ("--no-deps", "--require-hashes", "-r", str(requirements))
    _pip(*arguments, steps=steps, what=f"of {count} packages")


def _pip(*arguments: str, steps: Steps, what: str) -> None:
    """Run pip; show how far it is now and then, and its last lines when it fails."""
    command = [str(PYTHON), "-m", "pip", *PIP, "--progress-bar", "off", *arguments]
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    ) as pip:
        for line in pip.stdout or ():
            lines.append(line.rstrip())
            if line.startswith("Installing collected packages"):
                steps.say("unpacking")
            elif lines:
                found = sum(line.startswith("Collecting ") for line in lines)
                steps.say_now_and_then(f"{found} {what}")
    if pip.returncode != 0:
        last = "\n".join(lines[-LAST_LINES:])
        raise PrepareError(f"{last}\nThe packages could not be installed (see above)")


def _fingerprint(requirements: Path) -> str:
    """Changes with the pins, our own packages' definitions, the Python and this folder's place."""
    files = [requirements, *(ROOT / package / "pyproject.toml" for package in PACKAGES)]
    digest = hashlib.sha256(f"{ROOT}\n{_version(PYTHON)}\n".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _works(python: Path) -> bool:
    """Can it run, and has it pip?  An interrupted start may leave one without."""
    try:
        probe = [str(python), "-c", "import pip"]
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _version(python: Path) -> str:
    run = subprocess.run([str(python), "-VV"], capture_output=True, text=True, check=True)
    return run.stdout


@contextmanager
def _locked(folder: Path, steps: Steps) -> Iterator[None]:
    fd = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            steps.say("another start is preparing .venv: waiting for it")
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def main(arguments: list[str]) -> int:
    if arguments not in (["run"], ["dev"]):
        print("usage: bootstrap.py run|dev", file=sys.stderr)
        return 2
    try:
        prepare(arguments[0], Steps())
    except PrepareError as error:
        print(f"frontdesk: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"frontdesk: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
