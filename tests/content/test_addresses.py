"""Addresses that were: moved pages, imported ones, and what is taken down on every site."""

from datetime import UTC, datetime

import pytest

from content.building import build_sites
from content.commands import main
from content.redirects import add_moves
from content.sites import Addresses
from tests.content.conftest import ARTICLE, CLINIC, Group


def command(group: Group, *arguments: str) -> int:
    folders = ("--clinics-dir", str(group.clinics), "--library-dir", str(group.library))
    return main([arguments[0], *folders, *arguments[1:]])


def edge_file(group: Group, name: str) -> str:
    path = group.sites / "edge" / name / "north.example" / f"{name}.caddy"
    return path.read_text() if path.exists() else ""


def redirects(group: Group) -> str:
    return (group.clinics / "north" / "redirects.toml").read_text()


def test_a_page_that_moves_keeps_its_old_address(
    group: Group, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(group, "move", "north", "sore-back", "back-pain") == 0
    assert "/articles/sore-back/ leads to /articles/back-pain/" in capsys.readouterr().out
    clinic = group.catalog().clinic("north")
    assert clinic
    assert clinic.moved == (("/articles/sore-back/", "/articles/back-pain/"),)
    assert [article.slug for article in clinic.articles] == ["back-pain"]


def test_a_second_move_leads_both_old_addresses_to_the_page(group: Group) -> None:
    command(group, "move", "north", "sore-back", "back-pain")
    command(group, "move", "north", "back-pain", "aching-back")
    clinic = group.catalog().clinic("north")
    assert clinic
    assert dict(clinic.moved) == {
        "/articles/sore-back/": "/articles/aching-back/",
        "/articles/back-pain/": "/articles/aching-back/",
    }
    assert group.mistakes() == []


def test_a_page_that_moves_back_leaves_no_loop(group: Group) -> None:
    command(group, "move", "north", "sore-back", "back-pain")
    command(group, "move", "north", "back-pain", "sore-back")
    clinic = group.catalog().clinic("north")
    assert clinic
    assert dict(clinic.moved) == {"/articles/back-pain/": "/articles/sore-back/"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("nothing", "new", "has no article, placement or page 'nothing'"),
        ("sore-back", "Not A Slug", "is no slug"),
        ("sore-back", "sore-back", "is there already"),
    ],
)
def test_a_move_that_cannot_be_is_refused_in_words(
    group: Group, capsys: pytest.CaptureFixture[str], old: str, new: str, says: str
) -> None:
    assert command(group, "move", "north", old, new) == 1
    assert says in capsys.readouterr().err
    assert group.mistakes() == []


def test_other_lines_and_comments_of_the_file_stay(group: Group) -> None:
    text = '# ours\ngone = ["/x/"]\n\n[moved]\n"/a/" = "/articles/sore-back/"  # from the flyer\n'
    group.write("north/redirects.toml", text)
    add_moves(group.clinics / "north", [("/articles/sore-back/", "/articles/new/")])
    assert redirects(group) == text.replace("sore-back", "new") + (
        '"/articles/sore-back/" = "/articles/new/"\n'
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('"/a/" = "/nowhere/"', "redirects.toml:2: '/nowhere/' is no page"),
        ('"/a/" = "/b/"\n"/b/" = "/articles/"', "redirects.toml:2: '/b/' has itself moved"),
        ('"/a b/" = "/articles/"', "is no path of a page"),
        ('"/{a}/" = "/articles/"', "is no path of a page"),
        ('"/a?b" = "/articles/"', "is no path of a page"),
        ('"/a/%22x/" = "/articles/"', "is no path of a page"),
        ('"https://a.example/" = "/articles/"', "is no path of a page"),
        ('"/a/" = "//evil.example/"', "is no page"),
        ('"/a/" = 1', "is not what it should be"),
    ],
)
def test_a_redirect_that_cannot_work_is_named_with_its_line(
    group: Group, line: str, says: str
) -> None:
    group.write("north/redirects.toml", f"[moved]\n{line}\n")
    assert any(says in mistake for mistake in group.mistakes()), group.mistakes()


def test_a_redirect_to_a_draft_works_once_it_is_published(group: Group) -> None:
    group.write("north/drafts/new.md", ARTICLE)
    group.write("north/redirects.toml", '[moved]\n"/2019/new/" = "/articles/new/"\n')
    build_sites(group.catalog(), group.sites, Addresses())
    assert group.mistakes() == []
    assert edge_file(group, "moved") == ""
    (group.clinics / "north/drafts/new.md").rename(group.clinics / "north/articles/new.md")
    build_sites(group.catalog(), group.sites, Addresses())
    assert "/articles/new/" in edge_file(group, "moved")


def board(group: Group, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The health board's lines about addresses that are lost."""
    capsys.readouterr()
    assert command(group, "health", "--sites-dir", str(group.sites)) == 0
    text = capsys.readouterr().out
    part = text.split("Addresses that were public and answer 404 now\n")[1].split("\n\n")[0]
    return [line.strip() for line in part.splitlines()]


def test_a_file_that_is_renamed_by_hand_is_said_with_the_line_to_add(
    group: Group, capsys: pytest.CaptureFixture[str]
) -> None:
    articles = group.clinics / "north" / "articles"
    build_sites(group.catalog(), group.sites, Addresses())
    assert board(group, capsys) == ["none"]
    (articles / "sore-back.md").rename(articles / "aching-back.md")
    build_sites(group.catalog(), group.sites, Addresses())
    [said] = board(group, capsys)
    line = said.split("below [moved]: ")[1]
    assert line == '"/articles/sore-back/" = "/articles/aching-back/"'
    group.write("north/redirects.toml", f"[moved]\n{line}\n")
    assert board(group, capsys) == ["none"]


def test_a_file_that_is_removed_by_hand_is_said_until_it_is_meant(
    group: Group, capsys: pytest.CaptureFixture[str]
) -> None:
    group.write("north/articles/other.md", ARTICLE)
    build_sites(group.catalog(), group.sites, Addresses())
    (group.clinics / "north" / "articles" / "other.md").unlink()
    build_sites(group.catalog(), group.sites, Addresses())
    [said] = board(group, capsys)
    assert 'gone = ["/articles/other/"]' in said
    group.write("north/redirects.toml", 'gone = ["/articles/other/"]\n')
    assert board(group, capsys) == ["none"]


def test_taking_down_is_one_action_for_all_brands(
    group: Group, capsys: pytest.CaptureFixture[str]
) -> None:
    group.write("south/clinic.toml", CLINIC.replace("north", "south").replace("North", "South"))
    group.write("south/articles/sore-back.md", ARTICLE)
    assert command(group, "take-down", "sore-back") == 0
    told = capsys.readouterr().out
    assert "https://north.example/articles/sore-back/  (North Clinic)" in told
    assert "https://south.example/articles/sore-back/  (South Clinic)" in told
    build_sites(group.catalog(), group.sites, Addresses())
    for host in ("north.example", "south.example"):
        release = group.sites / "hosts" / host / "current"
        assert not (release / "articles" / "sore-back").exists()
        assert "sore-back" not in (release / "sitemap.xml").read_text()
        assert "was taken down" in (release / "_errors" / "410.html").read_text()
        assert "410" in (group.sites / "edge" / "gone" / host / "gone.caddy").read_text()


def test_links_to_what_is_taken_down_become_words(group: Group) -> None:
    group.write(
        "north/articles/other.md", ARTICLE + "\nRead [about backs](/articles/sore-back/).\n"
    )
    command(group, "take-down", "sore-back")
    assert group.mistakes() == []
    build_sites(group.catalog(), group.sites, Addresses())
    page = (group.sites / "hosts/north.example/current/articles/other/index.html").read_text()
    assert "about backs" in page
    assert "/articles/sore-back/" not in page


def test_taking_down_does_not_wait_for_another_files_mistake(group: Group) -> None:
    build_sites(group.catalog(), group.sites, Addresses())
    group.write("north/articles/broken.md", "no front matter")
    command(group, "take-down", "sore-back")
    build_sites(group.catalog(), group.sites, Addresses())
    assert "sore\\-back" in edge_file(group, "gone")


def test_what_was_taken_down_can_be_shown_again(
    group: Group, capsys: pytest.CaptureFixture[str]
) -> None:
    command(group, "take-down", "sore-back")
    build_sites(group.catalog(), group.sites, Addresses())
    assert command(group, "take-down", "sore-back", "--undo") == 0
    build_sites(group.catalog(), group.sites, Addresses())
    assert (group.sites / "hosts/north.example/current/articles/sore-back/index.html").exists()
    assert edge_file(group, "gone") == ""
    assert command(group, "take-down", "sore-back", "--undo") == 1
    assert command(group, "take-down", "nothing") == 1
    assert "no clinic and no library has an article 'nothing'" in capsys.readouterr().err


def test_what_expired_is_gone_and_not_missing(group: Group) -> None:
    placed = ARTICLE.replace("+++\n\n", "expire = 2026-01-01T00:00:00\n+++\n\n", 1)
    group.write("north/articles/sore-back.md", placed)
    assert group.mistakes() == []
    build_sites(group.catalog(), group.sites, Addresses(), now=datetime(2026, 6, 1, tzinfo=UTC))
    assert "sore" in edge_file(group, "gone")


def test_a_wrong_day_of_a_taken_down_article_is_named(group: Group) -> None:
    (group.library / "taken-down.toml").write_text("[articles]\nsore-back = true\n")
    assert any("taken-down.toml:2" in str(m) for m in group.catalog().mistakes)
