"""What is built: whole, swapped at once, the same for the same files."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from content.release import KEPT
from content.sites import Addresses, build_sites, read_hosts
from tests.content.conftest import ARTICLE, CLINIC, Group

PRODUCTION = Addresses()
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


def test_old_releases_go_but_the_assets_of_kept_ones_stay(group: Group) -> None:
    sheets = []
    for number in range(KEPT + 2):
        group.write(
            "north/clinic.toml",
            CLINIC.replace("[forms]", f'[theme]\nbrand = "#00000{number}"\n[forms]'),
        )
        sheets.append(next((built(group) / "assets").glob("*.css")).name)
    host = group.sites / "hosts" / "north.example"
    assert len(list((host / "releases").iterdir())) == KEPT
    assert {path.name for path in (host / "assets").glob("*.css")} == set(sheets[-KEPT:])


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
    assert not made.select("[style], script:not([src])")
