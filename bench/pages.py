"""What an article page costs the edge, beside a bare file of its size from the same process."""

import os
import shutil
import socket
import statistics
import tempfile
from pathlib import Path

from bench.corpus import write_group
from bench.figures import Figure
from content.building import build_sites
from content.catalog import read_catalog
from content.sites import Addresses
from tests.content.edge import Edge

RUNS = 5
TICKS = os.sysconf("SC_CLK_TCK")


def measure(*, quick: bool, seed: int) -> list[Figure]:
    requests = 200 if quick else 8_000
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        [slug] = write_group(folder, clinics=1, pages=50, seed=seed)
        sites = folder / "sites"
        catalog = read_catalog(folder / "clinics", folder / "library")
        build_sites(catalog, sites, Addresses())
        host, page = f"{slug}.example", "/articles/shared/"
        size = _copy_as_bare_file(sites / "hosts" / host, page)
        edge = Edge(sites, folder)
        try:
            edge.wait(host, 200)
            cost = _cost(edge, host, {"page": page, "bare": "/assets/bare.html"}, requests)
        finally:
            edge.process.terminate()
            edge.process.wait(10)
    ratio = cost["page"] / cost["bare"]
    beside = f"page {cost['page']:.1f} us, bare file {cost['bare']:.1f} us of {size} bytes (zstd)"
    at_most = None if quick else 1.15
    what = f"CPU of an article page, median of {RUNS} interleaved runs"
    return [Figure(what=what, value=ratio, unit="x", at_most=at_most, beside=beside)]


def _copy_as_bare_file(host_dir: Path, page: str) -> int:
    """Put the page's files among the assets under another name; the bytes that are sent."""
    source = host_dir / "current" / page.strip("/") / "index.html"
    for ending in ("", ".gz", ".zst"):
        shutil.copy(f"{source}{ending}", host_dir / "assets" / f"bare.html{ending}")
    return Path(f"{source}.zst").stat().st_size


def _cost(edge: Edge, host: str, paths: dict[str, str], requests: int) -> dict[str, float]:
    """Microseconds of the edge's CPU for a request, by the name of the path."""
    runs: dict[str, list[float]] = {name: [] for name in paths}
    for run in range(RUNS + 1):
        for name, path in paths.items():
            before = _cpu_s(edge.process.pid)
            _ask(edge.port, host, path, requests)
            used = (_cpu_s(edge.process.pid) - before) * 1e6 / requests
            if run:  # the first one warms up
                runs[name].append(used)
    return {name: max(statistics.median(values), 0.1) for name, values in runs.items()}


def _cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _ask(port: int, host: str, path: str, requests: int) -> None:
    """Ask again and again on one connection; every answer has the length of the first."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: zstd\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        assert head.startswith(b"HTTP/1.1 200 "), head[:100]
        top, _, body = head.partition(b"\r\n\r\n")
        length = int(top.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        _skip(connection, length - len(body))
        for _ in range(requests - 1):
            connection.sendall(request)
            _skip(connection, len(top) + 4 + length)


def _skip(connection: socket.socket, count: int) -> None:
    while count > 0:
        count -= len(connection.recv(min(count, 65536)))
