"""What Lighthouse (mobile, simulated slow network) says of every kind of page of every clinic."""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure
from content.building import build_sites
from content.catalog import Catalog, read_catalog
from content.model import Clinic
from content.pages import Page, site_pages
from content.schedule import as_of
from content.sites import Addresses
from tests.chromium import ARGUMENTS, CHROMIUM
from tests.content.edge import Edge

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".data-lighthouse"  # where npm puts the program; not part of the project
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
RUNS = 3
MOST_LOST = 2.0  # points under 100, in the median
LONGEST_RUN_S = 180
TRIES = 3  # a browser on a busy machine falls over now and then


def measure(*, quick: bool, seed: int) -> list[Figure]:
    """Points lost, the worst category of each page.  `quick`: one run of two pages.

    [] where there is no npm or no Chromium.  LIGHTHOUSE: the program, where it is installed;
    LIGHTHOUSE_CLINICS: slugs, to look at these alone.
    """
    del seed  # nothing here is random
    program = _program()
    if program is None or CHROMIUM is None:
        print("  skipped: needs npm (or LIGHTHOUSE=path of the program) and Chromium")
        return []
    wanted = os.environ.get("LIGHTHOUSE_CLINICS", "").split()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        edge = Edge(folder / "sites", folder)
        try:
            catalog = read_catalog(ROOT / "clinics", ROOT / "library")
            build_sites(catalog, folder / "sites", Addresses(demo=True, public_port=edge.port))
            pages = [page for page in _pages(catalog) if not wanted or page[0] in wanted]
            pages = pages[:2] if quick else pages
            edge.wait(f"{pages[0][0]}.localhost", 200)
            return [
                _figure(program, slug, page, edge.port, runs=1 if quick else RUNS)
                for slug, page in pages
            ]
        finally:
            edge.process.terminate()
            edge.process.wait(10)


def _program() -> str | None:
    if named := os.environ.get("LIGHTHOUSE"):
        return named
    found = FOLDER / "node_modules" / ".bin" / "lighthouse"
    npm = shutil.which("npm")
    if not found.exists() and npm:
        FOLDER.mkdir(exist_ok=True)
        install = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(FOLDER), "lighthouse"]
        subprocess.run(install, capture_output=True, check=False)
    return str(found) if found.exists() else None


def _pages(catalog: Catalog) -> Iterator[tuple[str, Page]]:
    """(slug of the clinic, a page), one of each kind."""
    for clinic in catalog.publishable():
        for page in _kinds(as_of(clinic, datetime.now(UTC))):
            yield clinic.slug, page


def _kinds(clinic: Clinic) -> list[Page]:
    """The first page of each template and language; a form at one location is a kind of its own."""
    kinds: dict[tuple[str, str, bool, str], Page] = {}
    for page in site_pages(clinic):
        kind = (page.template, page.form, page.location is None, page.language)
        kinds.setdefault(kind, page)
    return list(kinds.values())


def _figure(program: str, slug: str, page: Page, port: int, *, runs: int) -> Figure:
    address = f"http://{slug}.localhost:{port}{page.address}"
    scores = [_scores(program, address) for _ in range(runs)]
    lost = {
        category: 100 - statistics.median(run[category] for run in scores)
        for category in CATEGORIES
    }
    worst = max(lost, key=lambda category: lost[category])
    said = ", ".join(f"{category} {100 - lost[category]:.0f}" for category in CATEGORIES)
    what = f"{slug}{page.address} points lost in {worst}"
    return Figure(what=what, value=lost[worst], unit="points", at_most=MOST_LOST, beside=said)


def _scores(program: str, address: str) -> dict[str, float]:
    """Category -> points, 0 to 100."""
    command = [
        program,
        address,
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags=--headless=new {' '.join(ARGUMENTS)}",
    ]
    environ = {**os.environ, "CHROME_PATH": CHROMIUM or ""}
    said = ""
    for _ in range(TRIES):
        done = subprocess.run(
            command, env=environ, capture_output=True, text=True, check=False, timeout=LONGEST_RUN_S
        )
        if done.returncode == 0:
            categories = json.loads(done.stdout)["categories"]
            return {name: round(categories[name]["score"] * 100) for name in CATEGORIES}
        said = done.stderr[-500:]
    raise RuntimeError(f"{address} was not measured: {said}")
