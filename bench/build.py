"""How long it takes to build: everything, one word on ever more pages, and until it is seen."""

import gzip
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.corpus import write_group
from bench.figures import Figure
from content.building import Builder
from content.catalog import Catalog, read_catalog
from content.compress import GZIP_LEVEL
from content.reading import Reader
from content.render import Site, site_makers
from content.schedule import as_of
from content.sites import Addresses
from tests.servers import a_key, free_port, running_valkey

FULL_AT_MOST = 3.0
VISIBLE_AT_MOST_S = 1.0
PLACED_ON = 5


def measure(*, quick: bool, seed: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        write_group(
            folder / "many", clinics=2 if quick else 20, pages=15 if quick else 50, seed=seed
        )
        write_group(folder / "five", clinics=PLACED_ON, pages=15 if quick else 50, seed=seed)
        return [
            _full(folder / "many", quick=quick),
            *_curve(folder / "many", quick=quick),
            _visible(folder / "five", quick=quick),
        ]


def _full(folder: Path, *, quick: bool) -> Figure:
    """Reading, checking, rendering, compressing twice and writing, beside the bare minimum."""
    ratios = []
    for run in range(1 if quick else 3):
        start = time.perf_counter()
        catalog = read_catalog(folder / "clinics", folder / "library")
        builder = Builder(folder / f"full-{run}", Addresses())
        builder.build(catalog, now=datetime.now(UTC))
        assert not builder.problems, builder.problems
        full_s = time.perf_counter() - start
        bare_s, pages = _bare(catalog, folder / f"bare-{run}")
        ratios.append((full_s / bare_s, full_s, bare_s))
    ratio, full_s, bare_s = sorted(ratios)[len(ratios) // 2]
    beside = f"{pages} pages: {full_s:.2f} s, bare {bare_s:.2f} s, {os.cpu_count()} cores"
    at_most = None if quick else FULL_AT_MOST
    what = "full build, against bare render + write + gzip"
    return Figure(what=what, value=ratio, unit="x", at_most=at_most, beside=beside)


def _bare(catalog: Catalog, folder: Path) -> tuple[float, int]:
    """Seconds to render, write and compress the same pages in a plain loop, and how many."""
    start = time.perf_counter()
    pages = 0
    for clinic in catalog.publishable():
        shown = as_of(clinic, datetime.now(UTC))
        site = Site(clinic=shown, host=clinic.hosts[0], base_url=f"https://{clinic.hosts[0]}")
        for path, make in site_makers(site).items():
            if path.startswith("assets/"):
                continue
            target = folder / clinic.slug / path
            target.parent.mkdir(parents=True, exist_ok=True)
            content = make()
            target.write_bytes(content)
            Path(f"{target}.gz").write_bytes(gzip.compress(content, GZIP_LEVEL, mtime=0))
            pages += path.endswith("index.html")
    return time.perf_counter() - start, pages


def _curve(folder: Path, *, quick: bool) -> list[Figure]:
    """One word of the library's article, placed on ever more of the clinics."""
    slugs = sorted(path.name for path in (folder / "clinics").iterdir())
    article = folder / "library" / "articles" / "shared" / "article.md"
    figures = []
    for count in (1, 2) if quick else (1, 2, 5, 10, 20):
        for number, slug in enumerate(slugs):
            placement = folder / "clinics" / slug / "placements" / "shared.md"
            placement.unlink(missing_ok=True)
            if number < count:
                placement.write_text('+++\narticle = "shared"\n+++\n')
        reader, builder = Reader(), Builder(folder / "curve", Addresses())
        times = []
        for step in range(2 if quick else 6):
            article.write_text(
                article.read_text().replace("The word is", f"The word is word{step}", 1)
            )
            start = time.perf_counter()
            catalog = read_catalog(folder / "clinics", folder / "library", reader)
            written = builder.build(catalog, now=datetime.now(UTC))
            if step:
                assert len(written) == count, written
                times.append((time.perf_counter() - start) * 1000)
        what = f"a word that changes on {count} {'page' if count == 1 else 'pages'}"
        figures.append(Figure(what=what, value=statistics.median(times), unit="ms"))
    return figures


def _visible(folder: Path, *, quick: bool) -> Figure:
    """From saving the library's article until five clinics' files say so, by a real publisher."""
    article = folder / "library" / "articles" / "shared" / "article.md"
    sites = folder / "sites"
    pages = [
        sites / "hosts" / f"clinic-{number:03}.example" / "current/articles/shared/index.html"
        for number in range(PLACED_ON)
    ]
    took = []
    (folder / "valkey").mkdir()
    with running_valkey(folder / "valkey") as valkey:
        process = _publisher(folder, sites, valkey.url)
        try:
            _until(lambda: all(page.exists() for page in pages), seconds=60)
            for step in range(5 if quick else 100):
                text = article.read_text()
                word = f"seen{step}."
                time.sleep(0.05)
                start = time.perf_counter()
                article.write_text(f"{text}\n{word}\n")
                _until(
                    lambda word=word: all(word in page.read_text() for page in pages), seconds=30
                )
                took.append(time.perf_counter() - start)
        finally:
            process.terminate()
            process.wait(10)
    took.sort()
    p99 = took[min(len(took) - 1, int(len(took) * 0.99))]
    beside = f"p50 {statistics.median(took):.3f} s, n {len(took)}, {PLACED_ON} clinics"
    at_most = None if quick else VISIBLE_AT_MOST_S
    what = "publish to visible p99"
    return Figure(what=what, value=p99, unit="s", at_most=at_most, beside=beside)


def _all_say(pages: list[Path], word: str) -> bool:
    return all(word in page.read_text() for page in pages)


def _publisher(folder: Path, sites: Path, redis_url: str) -> "subprocess.Popen[bytes]":
    key = folder / "signing"
    key.write_text(a_key())
    state = folder / "state"
    state.mkdir()
    sites.mkdir()
    environ = {
        "PATH": os.environ["PATH"],
        "FRONTDESK_DEMO": "1",
        "EDGE_BIND": "127.0.0.1",
        "PUBLIC_PORT": "8000",
        "CLINICS_DIR": str(folder / "clinics"),
        "LIBRARY_DIR": str(folder / "library"),
        "SITES_DIR": str(sites),
        "CONTENT_STATE_DIR": str(state),
        "DIRECTORY_SIGNING_KEY_FILE": str(key),
        "REDIS_URL": redis_url,
        "HEALTH_PORT": str(free_port()),
    }
    command = [sys.executable, "-m", "content", "publish", "--watch"]
    return subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)


def _until(condition: object, *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():  # type: ignore[operator]
                return
        except FileNotFoundError:
            pass
        time.sleep(0.002)
    raise AssertionError("did not happen in time")
