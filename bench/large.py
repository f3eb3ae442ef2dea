"""The memory that a large group takes: 500 clinics with 50 pages each, built from nothing."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.corpus import write_group
from bench.figures import Figure

AT_MOST_MB = 1536  # of a publisher with a process for each of two cores


def measure(*, quick: bool, seed: int) -> list[Figure]:
    clinics, pages = (10, 15) if quick else (500, 50)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        write_group(folder, clinics=clinics, pages=pages, seed=seed)
        took, peak = _build(folder)
        again, _peak = _build(folder)
    beside = f"{clinics} clinics x {pages} pages, all processes, proportional set size"
    return [
        Figure(what="peak memory", value=peak, unit="MB", at_most=AT_MOST_MB, beside=beside),
        Figure(what="first build", value=took, unit="s"),
        Figure(what="second build, nothing changed", value=again, unit="s"),
    ]


def _build(folder: Path) -> tuple[float, float]:
    """Seconds, and the peak memory of the process and its workers in MB."""
    start = time.monotonic()
    folders = ("--clinics-dir", folder / "clinics", "--library-dir", folder / "library")
    process = subprocess.Popen(
        [sys.executable, "-m", "content", "build", *map(str, folders), "--out", folder / "sites"],
        start_new_session=True,
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(_memory_mb(pid) for pid in _session(process.pid)))
        time.sleep(0.25)
    assert process.returncode == 0
    return time.monotonic() - start, peak


def _session(leader: int) -> list[int]:
    """The processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(path.name)) == leader:
                found.append(int(path.name))
        except OSError:
            continue
    return found


def _memory_mb(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    pss = next((line for line in text.splitlines() if line.startswith("Pss:")), "Pss: 0")
    return int(pss.split()[1]) / 1024
