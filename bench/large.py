"""The memory that a large group takes: 500 clinics with 50 pages each, built from nothing, and an
edge that serves them all with TLS."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.corpus import write_group
from bench.figures import Figure
from tests.content.edge import Edge

AT_MOST_MB = 1536  # of a publisher with a process for each of two cores
EDGE_AT_MOST_MB = 1024  # its container's limit
EDGE_GOES_FOR_MB = EDGE_AT_MOST_MB * 9 // 10  # what Caddy then keeps to by itself
RELOADS = 3
RELOAD_S = 300
RELOADED = "successfully reloaded"


def measure(*, quick: bool, seed: int) -> list[Figure]:
    clinics, pages = (10, 15) if quick else (500, 50)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        write_group(folder, clinics=clinics, pages=pages, seed=seed)
        took, peak = _build(folder)
        again, _peak = _build(folder)
        edge, reloaded = _edge(folder)
    beside = f"{clinics} clinics x {pages} pages, all processes, proportional set size"
    return [
        Figure(what="peak memory", value=peak, unit="MB", at_most=AT_MOST_MB, beside=beside),
        Figure(what="first build", value=took, unit="s"),
        Figure(what="second build, nothing changed", value=again, unit="s"),
        Figure(what=f"edge, {clinics} hosts with TLS", value=edge, unit="MB"),
        Figure(
            what=f"edge, peak while its rules are read anew, {RELOADS} times",
            value=reloaded,
            unit="MB",
            at_most=EDGE_AT_MOST_MB,
        ),
    ]


def _edge(folder: Path) -> tuple[float, float]:
    """MB of an edge that asks for public certificates: when it serves, and at its most."""
    hosts = folder / "sites" / "edge" / "sites.caddy"
    name = hosts.read_text().split()[2]
    edge = Edge(folder / "sites", folder, tls="auto", memory=f"{EDGE_GOES_FOR_MB}MiB")
    try:
        edge.wait(name, 308, seconds=RELOAD_S)
        serves = _peak_mb(edge.process.pid)
        for number in range(RELOADS):
            told = edge.log.read_text().count(RELOADED)
            hosts.write_text(f"{hosts.read_text()}# {number}\n")
            _until_told(edge.log, told + 1)
        return serves, _peak_mb(edge.process.pid)
    finally:
        edge.process.terminate()
        edge.process.wait(RELOAD_S)


def _until_told(log: Path, times: int) -> None:
    end = time.monotonic() + RELOAD_S
    while log.read_text().count(RELOADED) < times:
        assert time.monotonic() < end, "the edge did not read its rules anew"
        time.sleep(0.1)


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


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
