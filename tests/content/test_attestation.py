"""No page with clinical blocks is public without the word of a clinician for these very words."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from content.building import build_sites
from content.drafts import with_drafts
from content.render import Site, site_files
from content.schedule import as_of, as_previewed, next_change
from content.sites import Addresses
from tests.content.conftest import CLINIC, Group

ADVICE = """\
+++
title = "A sore neck"
description = "What helps."
+++

Free words. [Another page](/articles/sore-back/)

::: help
Call 911 if a hand goes weak.
:::

::: do
- Warmth for 15 minutes.
:::
"""
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def advice(group: Group) -> Path:
    return group.write("north/articles/neck.md", ADVICE)


def public(group: Group, now: datetime = NOW) -> list[str]:
    [clinic] = group.catalog().publishable()
    return [article.slug for article in as_of(clinic, now).articles]


def shown(group: Group, now: datetime = NOW, slug: str = "neck") -> BeautifulSoup:
    [clinic] = group.catalog().publishable()
    site = Site(clinic=as_of(clinic, now), host="north.example", base_url="https://north.example")
    html = site_files(site)[f"articles/{slug}/index.html"]
    return BeautifulSoup(html.decode(), "html.parser")


def test_s2_3_clinical_blocks_wait_for_a_reviewer(group: Group, advice: Path) -> None:
    assert group.mistakes() == []
    assert public(group) == ["sore-back"]
    [notice] = group.notices()
    assert notice.startswith("north/articles/neck.md:1: is not public: no reviewer has attested")
    group.attest(advice)
    assert public(group) == ["neck", "sore-back"]
    assert group.notices() == []


def test_what_waits_is_a_draft_in_the_preview_and_says_why(group: Group, advice: Path) -> None:
    [clinic] = group.catalog().clinics
    previewed = with_drafts(as_previewed(clinic, NOW))
    site = Site(clinic=previewed, host="x", base_url="http://x", is_preview=True)
    page = BeautifulSoup(site_files(site)["articles/neck/index.html"].decode(), "html.parser")
    assert "No reviewer has attested its clinical blocks" in page.select_one(".draft").get_text()


@pytest.mark.parametrize(
    ("old", "new", "is_valid"),
    [
        ("Warmth for 15", "Warmth for 50", False),
        ("::: do", "::: dont", False),
        ("::: help", "::: help Never", False),
        ("- Warmth", "- Rest\n- Warmth", False),
        ("Free words.", "Other free words.", True),
        ("A sore neck", "A stiff neck", True),
        ("15 minutes.", "15 minutes.   ", True),
    ],
)
def test_a_change_in_a_locked_block_voids_the_attestation_and_no_other_change_does(
    group: Group, advice: Path, old: str, new: str, *, is_valid: bool
) -> None:
    group.attest(advice)
    group.change("north/articles/neck.md", old, new)
    assert ("neck" in public(group)) == is_valid
    says = [notice for notice in group.notices() if "changed since Ana Ruiz, MD attested" in notice]
    assert bool(says) != is_valid


def test_two_blocks_that_change_places_are_other_words(group: Group, advice: Path) -> None:
    group.attest(advice)
    first, second = ADVICE.index("::: help"), ADVICE.index("::: do")
    swapped = ADVICE[:first] + ADVICE[second:] + "\n" + ADVICE[first:second]
    group.write("north/articles/neck.md", swapped)
    assert "neck" not in public(group)


def test_the_reviewer_and_the_dates_are_on_the_page_only_while_valid(
    group: Group, advice: Path
) -> None:
    group.attest(advice, due=date(2026, 9, 1))
    line = shown(group).select_one(".review").get_text()
    assert "Ana Ruiz, MD" in line
    assert "September 1, 2026" in line
    after = datetime(2026, 9, 2, tzinfo=UTC)
    assert "Ana Ruiz" not in shown(group, after).get_text()
    assert any("its review was due on 2026-09-01" in notice for notice in group.notices(after))


@pytest.mark.parametrize(
    ("overdue", "is_public", "says"),
    [
        ("banner", True, "was due on September 1, 2026"),
        ("keep", True, ""),
        ("unpublish", False, ""),
    ],
)
def test_an_overdue_review_acts_as_the_clinic_chose_after_its_days_of_grace(
    group: Group, advice: Path, overdue: str, says: str, *, is_public: bool
) -> None:
    group.write(
        "north/clinic.toml",
        CLINIC.replace("[forms]", f'[reviews]\noverdue = "{overdue}"\ngrace_days = 10\n\n[forms]'),
    )
    group.attest(advice, due=date(2026, 9, 1))
    in_grace, after = datetime(2026, 9, 5, tzinfo=UTC), datetime(2026, 9, 12, tzinfo=UTC)
    assert "was due" not in shown(group, in_grace).get_text()
    assert ("neck" in public(group, after)) == is_public
    if is_public:
        assert says in shown(group, after).get_text()
        assert ("was due" in shown(group, after).get_text()) == bool(says)


def test_s5_2_a_condition_needs_a_block_that_says_when_to_get_help(
    group: Group, advice: Path
) -> None:
    group.change("north/articles/neck.md", "::: help", "::: note")
    [found] = group.mistakes()
    assert "has no block that says when to get help now" in found
    group.change(
        "north/articles/neck.md", "desc", 'without_help_now = "It only describes a visit."\ndesc'
    )
    assert group.mistakes() == []
    assert any("It only describes a visit." in notice for notice in group.notices())


def test_the_emergency_line_comes_first_on_a_condition_article(group: Group, advice: Path) -> None:
    group.attest(advice)
    article = shown(group).select_one("article")
    first = next(tag for tag in article.find_all(True) if tag.get_text(strip=True))
    assert "911" in first.get_text()


def test_no_public_page_links_to_an_article_that_waits(group: Group, advice: Path) -> None:
    group.change(
        "north/articles/sore-back.md",
        "Keep moving.",
        "Keep moving, [and the neck](/articles/neck/).",
    )
    assert group.mistakes() == []
    words = shown(group, slug="sore-back")
    assert "Keep moving, and the neck." in words.select_one(".prose").get_text()
    assert not words.select("a[href='/articles/neck/']")
    group.attest(advice)
    assert shown(group, slug="sore-back").select("a[href='/articles/neck/']")


def test_an_article_is_public_from_publish_until_expire_by_the_clock_of_its_location(
    group: Group,
) -> None:
    group.change(
        "north/articles/sore-back.md",
        "desc",
        "publish = 2026-12-01T08:00:00\nexpire = 2026-12-02T08:00:00\ndesc",
    )
    opens = datetime(2026, 12, 1, 16, tzinfo=UTC)  # 8 am in Los Angeles
    moments = [opens - timedelta(seconds=1), opens, opens + timedelta(hours=24)]
    assert [public(group, moment) for moment in moments] == [[], ["sore-back"], []]
    catalog = group.catalog()
    assert next_change(catalog.clinics, NOW) == opens
    assert next_change(catalog.clinics, opens) == opens + timedelta(hours=24)


def test_a_closure_goes_from_the_pages_when_it_is_over_by_the_clock_of_its_location(
    group: Group,
) -> None:
    closures = "[[locations.closures]]\nfirst = 2026-11-26\nlast = 2026-11-27\n"
    group.write("north/clinic.toml", f"{CLINIC}\n{closures}")
    over = datetime(2026, 11, 28, 8, tzinfo=UTC)  # midnight in Los Angeles
    [clinic] = group.catalog().publishable()
    for show in (as_of, as_previewed):
        assert show(clinic, over - timedelta(seconds=1)).locations == clinic.locations
        assert show(clinic, over).locations[0].closures == ()
    assert next_change([clinic], NOW) == over
    assert next_change([clinic], over) is None


def test_in_phoenix_the_clock_never_changes(group: Group) -> None:
    group.change("north/clinic.toml", "America/Los_Angeles", "America/Phoenix")
    for day, month in ((1, 7), (1, 12)):
        group.write(
            "north/articles/sore-back.md",
            f'+++\ntitle = "x"\ndescription = "x"\npublish = 2027-{month:02}-{day:02}T08:00:00\n'
            "+++\nWords.\n",
        )
        [clinic] = group.catalog().clinics
        assert clinic.articles[0].publish_at == datetime(2027, month, day, 15, tzinfo=UTC)


def run(group: Group, *arguments: str) -> "subprocess.CompletedProcess[str]":
    folders = ("--clinics-dir", str(group.clinics), "--library-dir", str(group.library))
    return subprocess.run(
        [sys.executable, "-m", "content", arguments[0], *folders, *arguments[1:]],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_writes_an_attestation_and_says_where(group: Group, advice: Path) -> None:
    word = (
        "--reviewer",
        'Ana "Annie" Ruiz, MD',
        "--license",
        "CA 1",
        "--next-review",
        "2099-01-01",
    )
    done = run(group, "attest", str(advice), *word)
    assert done.returncode == 0, done.stderr
    assert str(group.clinics / "north" / "attestations.toml") in done.stdout
    [clinic] = group.catalog().publishable()
    attested = {article.slug: article.attestation for article in clinic.articles}["neck"]
    assert attested is not None
    assert (attested.reviewer, attested.next_review) == ('Ana "Annie" Ruiz, MD', date(2099, 1, 1))


def test_the_command_refuses_what_cannot_be_attested(group: Group, advice: Path) -> None:
    word = ("--reviewer", "Ana", "--license", "1", "--next-review", "2099-01-01")
    plain = group.clinics / "north" / "articles" / "sore-back.md"
    for file, says in ((plain, "has no clinical block"), (group.clinics, "is no article")):
        done = run(group, "attest", str(advice), str(file), *word)
        assert (done.returncode, done.stdout) == (1, "")
        assert says in done.stderr
    assert "neck" not in public(group)
    early = run(group, "attest", str(advice), *word[:-1], "2001-01-01")
    assert "must be after the day of this one" in early.stderr


def test_a_wrong_entry_among_the_attestations_is_named(group: Group, advice: Path) -> None:
    group.attest(advice, on=date(2026, 5, 5), due=date(2026, 5, 6))
    group.change("north/attestations.toml", "2026-05-06", "2026-05-01")
    [found] = group.mistakes()
    assert found.startswith("north/attestations.toml:7: next_review (2026-05-01) is not after on")


def test_a_release_is_built_as_of_now(group: Group, advice: Path) -> None:
    build_sites(group.catalog(), group.sites, Addresses())
    folder = group.sites / "hosts" / "north.example" / "current"
    assert not (folder / "articles" / "neck").exists()
    assert "neck" not in (folder / "sitemap.xml").read_text()
    assert "neck" not in (folder / "feed.xml").read_text()
