"""Five real clinic pages, imported, served in preview, and one request to each location.

Runs where the documents lie beside the checkout (../shared/seeds); none of their words is here.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.builders import a_form
from tests.system.running import Copy, reference, running_copy, wait_until

ROOT = Path(__file__).parents[2]
SEEDS = sorted((ROOT.parent / "shared" / "seeds").glob("*.txt"))
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(len(SEEDS) != 5, reason="no documents in ../shared/seeds"),
]


@dataclass(frozen=True, kw_only=True)
class Described:
    """What a person adds to the proposal after reading a document."""

    slug: str
    form: bool  # the page offers a way to write
    more_towns: tuple[str, ...] = ()  # places where it also sees patients
    zone: str = "America/Los_Angeles"


CLINICS = (
    Described(slug="one", form=True, more_towns=("Shafter",)),
    Described(slug="two", form=True, zone="America/Phoenix"),
    Described(slug="three", form=False, more_towns=("Beverly Hills",)),
    Described(slug="four", form=True, more_towns=("Vacaville",)),
    Described(slug="five", form=False, more_towns=("Anytown",)),  # comments come later
)
EXPECTED_LOCATIONS = {"one": 2, "two": 6, "three": 1, "four": 2, "five": 1}
DAYS = ("mon", "tue", "wed", "thu", "fri")


def run_content(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "content", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def complete(clinic: Described, proposed: dict) -> list[dict]:
    """The locations of the proposal, with all that the document does not say."""
    places = [*proposed.get("locations", [])]
    places += [
        {"slug": town.lower().replace(" ", "-"), "name": town, "city": town}
        for town in clinic.more_towns
    ]
    return [
        {
            "slug": place["slug"],
            "name": place["name"],
            "street": place.get("street") or "1 Main Street",
            "city": place["city"],
            "state": place.get("state") or "CA",
            "postal_code": place.get("postal_code") or "93299",
            "phone": proposed["phone"] or "(559) 555-0100",
            "zone": clinic.zone,
        }
        for place in places
    ]


def write_clinic(folder: Path, clinic: Described, proposed: dict, places: list[dict]) -> None:
    form = str(clinic.form).lower()
    lines = [
        f'name = "{proposed["name"] or "The open library"}"',
        f'hosts = ["{clinic.slug}.example"]',
        f'phone = "{places[0]["phone"]}"',
        "[forms]",
        f"contact = {form}",
        "appointment = false",
    ]
    for place in places:
        lines += ["[[locations]]", *(f'{key} = "{value}"' for key, value in place.items())]
        lines += ["[locations.hours]", *(f'{day} = ["09:00-17:00"]' for day in DAYS)]
    (folder / "clinic.toml").write_text("\n".join(lines) + "\n")


def write_alerts(folder: Path, clinic: Described, places: list[dict]) -> None:
    lines = []
    for place in places:
        desk = f"{clinic.slug}-{place['slug']}"
        lines += [f"[contacts.{desk}]", f'name = "Desk {desk}"', f'email = "{desk}@example.com"']
        lines += [f"[locations.{place['slug']}]", f'tell = ["{desk}"]']
    (folder / f"{clinic.slug}.toml").write_text("\n".join(lines) + "\n")


@dataclass(frozen=True, kw_only=True)
class Walk:
    """The five clinics, set up and running."""

    copy: Copy
    places: dict[str, list[dict]]
    reports: dict[str, str]
    drafts: dict[str, Path]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("seeds")
    clinics, library, alerts = (folder / name for name in ("clinics", "library", "alerts"))
    for made in (clinics, library, alerts):
        made.mkdir()
    places, reports, drafts = {}, {}, {}
    for clinic, seed in zip(CLINICS, SEEDS, strict=True):
        reports[clinic.slug] = run_content(
            "import", "--clinics-dir", str(clinics), "--new-clinic", clinic.slug, str(seed)
        )
        [drafts[clinic.slug]] = (clinics / clinic.slug / "drafts").glob("*.md")
        proposed = tomllib.loads((clinics / clinic.slug / "clinic.toml").read_text())
        places[clinic.slug] = complete(clinic, proposed)
        write_clinic(clinics / clinic.slug, clinic, proposed, places[clinic.slug])
        write_alerts(alerts, clinic, places[clinic.slug])
    run_content("check", "--clinics-dir", str(clinics), "--library-dir", str(library))
    environ = {"CLINICS_DIR": clinics, "LIBRARY_DIR": library, "ALERTS_DIR": alerts}
    with running_copy(folder / "data", **{name: str(path) for name, path in environ.items()}) as up:
        yield Walk(copy=up, places=places, reports=reports, drafts=drafts)


def plain(text: str) -> str:
    """Letters and digits only: how a sentence is wrapped or quoted does not matter."""
    return re.sub(r"\W+", " ", unescape(text)).strip().casefold()


@pytest.mark.parametrize(("clinic", "seed"), list(zip(CLINICS, SEEDS, strict=False)))
def test_s5_1_no_sentence_is_lost(walk: Walk, clinic: Described, seed: Path) -> None:
    kept = plain(walk.drafts[clinic.slug].read_text() + " " + walk.reports[clinic.slug])
    for line in seed.read_text(encoding="utf-8").splitlines():
        for sentence in re.split(r"(?<=[.!?]) +", line):
            assert plain(re.sub(r"^\s*(•|\d+\.)", "", sentence)) in kept, sentence


@pytest.mark.parametrize("clinic", CLINICS, ids=lambda clinic: clinic.slug)
def test_the_draft_shows_in_preview_and_nowhere_else(walk: Walk, clinic: Described) -> None:
    article = f"/articles/{walk.drafts[clinic.slug].stem}/"
    page = walk.copy.get(f"{clinic.slug}.preview.localhost", article)
    assert page.status_code == 200
    assert page.headers["X-Robots-Tag"] == "noindex"
    words = plain(BeautifulSoup(page.text, "html.parser").get_text(" "))
    body = walk.drafts[clinic.slug].read_text().split("+++")[2]
    paragraphs = [part for part in body.split("\n\n") if part.strip()]
    assert all(plain(p.lstrip("#- ")[:40]) in words for p in paragraphs if p[0].isalpha())
    assert walk.copy.get(f"{clinic.slug}.localhost", article).status_code == 404


@pytest.mark.parametrize("clinic", CLINICS, ids=lambda clinic: clinic.slug)
def test_every_page_can_be_walked(walk: Walk, clinic: Described) -> None:
    host = f"{clinic.slug}.localhost"
    assert len(walk.places[clinic.slug]) == EXPECTED_LOCATIONS[clinic.slug]
    seen, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = walk.copy.get(host, path)
        assert answer.status_code == 200, path
        links = BeautifulSoup(answer.text, "html.parser").find_all("a", href=True)
        waiting += [
            link["href"].split("#")[0].split("?")[0] for link in links if link["href"][0] == "/"
        ]
    for place in walk.places[clinic.slug]:
        if len(walk.places[clinic.slug]) > 1:
            assert f"/locations/{place['slug']}/" in {path.split("?")[0] for path in seen}
    forms = [path for path in seen if "<form" in walk.copy.get(host, path).text]
    assert bool(forms) == clinic.form


@pytest.mark.parametrize("clinic", CLINICS, ids=lambda clinic: clinic.slug)
def test_a_request_alerts_the_right_location(walk: Walk, clinic: Described) -> None:
    for place in walk.places[clinic.slug]:
        answer = walk.copy.post(
            f"{clinic.slug}.localhost",
            a_form(location=place["slug"], message=f"to {place['slug']}"),
        )
        if not clinic.form:
            assert answer.status_code == 404
            continue
        told = reference(answer)
        assert wait_until(lambda told=told: told in walk.copy.alerted(), seconds=20)
        receivers = {to for reference, _channel, to in walk.copy.alerts() if reference == told}
        assert receivers == {f"{clinic.slug}-{place['slug']}@example.com"}
