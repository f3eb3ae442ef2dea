"""What is built: whole, swapped at once, the same for the same files."""

import gzip
import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard
from bs4 import BeautifulSoup

from content import release, workers
from content.building import Builder, Job, build_clinic, build_sites
from content.catalog import read_catalog
from content.reading import Reader
from content.sites import Addresses, read_hosts
from tests.content.conftest import ARTICLE, CLINIC, Group

PRODUCTION = Addresses()
MANY = 9  # clinics
DEMO = Addresses(demo=True, public_port=8000)


def built(group: Group, addresses: Addresses = PRODUCTION) -> Path:
    build_sites(group.catalog(), group.sites, addresses)
    return group.sites / "hosts" / "north.example" / "current"


def page(folder: Path, path: str) -> BeautifulSoup:
    return BeautifulSoup((folder / path / "index.html").read_text(), "html.parser")


def test_every_page_of_the_fixed_points_is_there(group: Group) -> None:
    folder = built(group)
    pages = {f"/{path.parent.relative_to(folder)}/" for path in folder.rglob("index.html")}
    assert {path.replace("/./", "/") for path in pages} == {
        "/",
        "/articles/",
        "/articles/sore-back/",
        "/locations/",
        "/locations/weston/",
        "/locations/weston/contact/",
        "/locations/weston/appointment/",
        "/contact/",
        "/appointment/",
        "/privacy/",
        "/accessibility/",
    }
    for name in ("sitemap.xml", "robots.txt", "feed.xml", "_errors/503.html"):
        assert (folder / name).is_file()


def test_every_link_of_every_page_leads_to_a_file(group: Group) -> None:
    folder = built(group)
    for path in folder.rglob("*.html"):
        for link in BeautifulSoup(path.read_text(), "html.parser").select(
            "[href^='/'], [src^='/']"
        ):
            target = (
                str(link.get("href") or link.get("src")).split("#")[0].split("?")[0].lstrip("/")
            )
            assert (folder / target).exists(), (path, target)


def test_the_same_files_give_the_same_release(group: Group, tmp_path: Path) -> None:
    first = built(group).resolve().name
    before = (group.sites / "hosts" / "north.example" / "current").lstat().st_mtime_ns
    assert built(group).resolve().name == first
    assert (group.sites / "hosts" / "north.example" / "current").lstat().st_mtime_ns == before
    build_sites(group.catalog(), tmp_path / "elsewhere", PRODUCTION)
    other = tmp_path / "elsewhere" / "hosts" / "north.example" / "current"
    assert other.resolve().name == first


def test_old_releases_go_and_assets_stay_as_long_as_a_page_may_name_them(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "KEPT", 2)
    host = group.sites / "hosts" / "north.example"
    sheets: list[str] = []

    def paint(number: int) -> None:
        theme = f'[theme]\nbrand = "#00000{number}"\n[forms]'
        group.write("north/clinic.toml", CLINIC.replace("[forms]", theme))
        sheets.append(next((built(group) / "assets").glob("site.*.css")).name)

    def kept() -> set[str]:
        return {path.name for path in (host / "assets").glob("site.*.css")}

    for number in range(4):
        paint(number)
    assert len(list((host / "releases").iterdir())) == 2
    assert len(list((host / "manifests").iterdir())) == 2
    assert kept() == set(sheets)
    long_ago = time.time() - (release.ASSET_DAYS + 1) * 24 * 3600
    for sheet in sheets:
        os.utime(host / "assets" / sheet, (long_ago, long_ago))
    paint(4)
    assert kept() == set(sheets[-2:])  # the last but one was on pages until this moment


def test_a_word_that_changes_makes_its_page_anew_and_links_all_others(group: Group) -> None:
    group.write("north/articles/other.md", ARTICLE.replace("A sore back", "Other"))
    first = built(group).resolve()
    group.change("north/articles/other.md", "Keep moving.", "Keep walking.")
    second = built(group).resolve()
    made = {
        str(path.relative_to(second))
        for path in second.rglob("*")
        if path.is_file() and path.stat().st_ino != (first / path.relative_to(second)).stat().st_ino
    }
    page = "articles/other/index.html"
    assert made == {page, f"{page}.gz", f"{page}.zst"}


EDITS = (
    ("north/articles/sore-back.md", "A sore back", "A stiff back"),
    ("north/articles/sore-back.md", "Keep moving", "Keep walking"),
    ("north/clinic.toml", "North Clinic", "Northern Clinic"),
    ("north/clinic.toml", "13:00-17:00", "13:00-18:00"),
    ("north/articles/other.md", "What helps.", "What else helps."),
    ("north/pages/parking.md", "Keep moving", "Behind the mill"),
)


def test_what_is_built_in_steps_is_what_is_built_at_once(group: Group, tmp_path: Path) -> None:
    group.write("north/articles/other.md", ARTICLE)
    group.write("north/pages/parking.md", ARTICLE)
    builder = Builder(group.sites, DEMO)
    reader = Reader()
    for number, edit in enumerate((("north/clinic.toml", "Pain", "A pain"), *EDITS)):
        group.change(*edit)
        catalog = read_catalog(group.clinics, group.library, reader)
        assert len(builder.build(catalog, now=datetime.now(UTC))) == 2
        assert builder.build(catalog, now=datetime.now(UTC)) == []
        once = tmp_path / f"once-{number}"
        build_sites(group.catalog(), once, DEMO)
        for host in ("north.example", "north.localhost"):
            steps = (group.sites / "hosts" / host / "current").resolve()
            assert steps.name == (once / "hosts" / host / "current").resolve().name


def test_after_a_restart_nothing_is_made_again(group: Group) -> None:
    folder = built(group)
    before = {path: path.stat().st_ino for path in folder.rglob("*")}
    assert Builder(group.sites, PRODUCTION).build(group.catalog(), now=datetime.now(UTC)) == []
    assert {path: path.stat().st_ino for path in folder.rglob("*")} == before


def test_a_damaged_release_is_made_anew(group: Group) -> None:
    (built(group) / "index.html").unlink()
    (group.sites / "hosts" / "north.example" / "manifests").chmod(0o755)
    group.change("north/articles/sore-back.md", "Keep moving", "Keep walking")
    assert (built(group) / "index.html").is_file()


def test_every_twin_says_what_its_page_says(group: Group) -> None:
    folder = built(group)
    pages = list(folder.rglob("index.html"))
    for path in pages:
        text = path.read_bytes()
        assert gzip.decompress(path.with_name("index.html.gz").read_bytes()) == text
        assert zstandard.decompress(path.with_name("index.html.zst").read_bytes()) == text
    assert not list((folder / "_forms").glob("*.gz"))


def test_a_clinic_that_cannot_be_built_stops_no_other_and_is_built_later(group: Group) -> None:
    group.write("south/clinic.toml", CLINIC.replace("north", "south"))
    before = built(group).resolve()
    blocked = group.sites / "hosts" / "north.example" / "manifests"
    shutil.rmtree(blocked)
    blocked.write_text("a file where a folder should be")
    for clinic in ("north", "south"):
        group.change(f"{clinic}/clinic.toml", "North Clinic", "Another name")
    builder = Builder(group.sites, PRODUCTION)
    assert builder.build(group.catalog(), now=datetime.now(UTC)) == ["south.example"]
    assert list(builder.problems) == ["north"]
    assert (group.sites / "hosts" / "north.example" / "current").resolve() == before
    assert [host.host for host in read_hosts(group.sites)] == ["north.example", "south.example"]
    blocked.unlink()
    assert builder.build(group.catalog(), now=datetime.now(UTC)) == ["north.example"]
    assert builder.problems == {}


def test_many_clinics_are_built_by_all_cores_as_by_one(
    group: Group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "START_S", 0)
    monkeypatch.setattr(workers, "cores", lambda: 2)
    for number in range(MANY):
        group.write(f"c{number}/clinic.toml", CLINIC.replace("north", f"c{number}"))
        group.write(f"c{number}/articles/sore-back.md", ARTICLE)
    group.write("c3/articles/broken.md", "nothing")
    steps: list[tuple[int, int]] = []
    builder = Builder(group.sites, PRODUCTION)
    catalog = group.catalog()
    builder.build(catalog, now=datetime.now(UTC), step=lambda done, of: steps.append((done, of)))
    assert steps == [(number, MANY) for number in range(1, MANY + 1)]
    for clinic in catalog.publishable()[:2]:
        job = Job(
            clinic=clinic,
            hosts={clinic.hosts[0]: f"https://{clinic.hosts[0]}"},
            sites_dir=tmp_path / "one",
        )
        assert build_clinic(job).problem == ""
        folder = Path("hosts") / clinic.hosts[0] / "current"
        assert (tmp_path / "one" / folder).resolve().name == (group.sites / folder).resolve().name
    assert len(read_hosts(group.sites)) == MANY


def test_a_clinic_with_mistakes_keeps_its_release_and_the_others_go_on(group: Group) -> None:
    group.write("south/clinic.toml", CLINIC.replace("north", "south").replace("North", "South"))
    before = built(group).resolve()
    group.change("north/clinic.toml", '"CA"', '"C"')
    group.change("south/clinic.toml", "South Clinic", "Southern Clinic")
    assert built(group).resolve() == before
    south = group.sites / "hosts" / "south.example" / "current" / "index.html"
    assert "Southern Clinic" in south.read_text()
    assert [host.host for host in read_hosts(group.sites)] == ["north.example", "south.example"]


def test_a_new_clinic_with_mistakes_is_left_out(group: Group) -> None:
    group.write("south/clinic.toml", "name = 1\n")
    built(group)
    assert [host.clinic for host in read_hosts(group.sites)] == ["north"]


def test_a_removed_clinic_is_no_longer_answered(group: Group) -> None:
    group.write("south/clinic.toml", CLINIC.replace("north", "south"))
    built(group)
    (group.clinics / "south" / "clinic.toml").unlink()
    (group.clinics / "south").rmdir()
    built(group)
    assert [host.clinic for host in read_hosts(group.sites)] == ["north"]
    assert "south" not in (group.sites / "edge" / "sites.caddy").read_text()


def test_only_a_demo_answers_on_localhost(group: Group) -> None:
    built(group)
    assert [host.host for host in read_hosts(group.sites)] == ["north.example"]
    assert "localhost" not in (group.sites / "edge" / "sites.caddy").read_text()
    built(group, DEMO)
    assert [host.host for host in read_hosts(group.sites)] == ["north.example", "north.localhost"]
    local = group.sites / "hosts" / "north.localhost" / "current" / "sitemap.xml"
    assert "<loc>http://north.localhost:8000/contact/</loc>" in local.read_text()


def test_drafts_are_in_no_release(group: Group) -> None:
    group.write("north/drafts/secret.md", ARTICLE)
    assert not list(built(group).rglob("*secret*"))


def test_markup_in_an_article_is_shown_and_not_obeyed(group: Group) -> None:
    group.write(
        "north/articles/sly.md",
        ARTICLE + "\n<script>alert(1)</script> <?= values ?> [x](javascript:alert)\n",
    )
    text = (built(group) / "articles" / "sly" / "index.html").read_text()
    assert "<script>alert" not in text
    assert "<?" not in text
    assert "javascript:alert)" in text  # as words, not as a link
    assert 'href="javascript' not in text


def test_a_do_and_a_dont_card_stand_side_by_side(group: Group) -> None:
    written = group.write(
        "north/articles/cards.md",
        ARTICLE.replace("desc", "condition = false\ndesc")
        + "\n::: do\n- Walk.\n:::\n\n::: dont\n- Rest.\n:::\n\nAfterward.\n",
    )
    group.attest(written)
    article = page(built(group), "articles/cards")
    [pair] = article.select(".pair")
    assert [card.get("class") for card in pair.select("section")] == [
        ["card", "do"],
        ["card", "dont"],
    ]
    assert "Afterward" not in pair.text


@pytest.mark.parametrize("path", ["", "articles/sore-back", "contact", "locations/weston"])
def test_a_page_has_one_main_heading_and_its_phone_as_a_link(group: Group, path: str) -> None:
    made = page(built(group), path)
    assert len(made.select("h1")) == 1
    assert made.select('a[href="tel:+15595550101"]')
    assert not made.select("[style], script:not([src], [type='application/ld+json'])")
