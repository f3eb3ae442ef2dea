"""A release is on the disk before it is seen, and the disk is waited for as seldom as can be."""

import itertools
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from content import workers, writing
from content.building import Builder
from content.release import running_release
from content.sites import Addresses
from content.workers import for_a_while
from plumbing.files import sync_all
from tests.content.conftest import ARTICLE, CLINIC, Group

NOW = datetime.now(UTC)
Synced = list[
    tuple[str, set[str]]
]  # each time: the release that ran, and the names that it was for


def rebuilt(builder: Builder, group: Group, monkeypatch: pytest.MonkeyPatch) -> Synced:
    """What is synced while a word of every clinic's article changes."""
    builder.build(group.catalog(), now=NOW)
    for folder in group.clinics.iterdir():
        group.change(f"{folder.name}/articles/sore-back.md", "Keep moving", "Keep walking")
    host_dir = group.sites / "hosts" / "north.example"
    synced: Synced = []

    def noted(paths: Sequence[Path]) -> None:
        synced.append((running_release(host_dir), {path.name for path in paths}))
        sync_all(paths)

    with monkeypatch.context() as patched:
        patched.setattr(writing, "sync_all", noted)
        assert len(builder.build(group.catalog(), now=NOW)) == len(list(group.clinics.iterdir()))
    return synced


def test_what_a_page_is_made_of_is_on_the_disk_before_it_is_seen(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder(group.sites, Addresses())
    builder.build(group.catalog(), now=NOW)
    before = running_release(group.sites / "hosts" / "north.example")
    synced = rebuilt(builder, group, monkeypatch)
    early = [names for running, names in synced if running == before]
    files = {"index.html", "index.html.gz", "index.html.zst", "sore-back", "articles"}
    assert files <= early[0]
    assert early[1] == {"releases"}  # the whole folder has its name only then
    late = [names for running, names in synced if running != before]
    assert "north.example" in late[0]  # and what runs is remembered


def test_ten_clinics_wait_for_the_disk_as_often_as_one(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder(group.sites, Addresses())
    alone = len(rebuilt(builder, group, monkeypatch))
    for number in range(9):
        group.write(f"c{number}/clinic.toml", CLINIC.replace("north", f"c{number}"))
        group.write(f"c{number}/articles/sore-back.md", ARTICLE)
    group.change("north/articles/sore-back.md", "Keep walking", "Keep moving")
    assert len(rebuilt(builder, group, monkeypatch)) == alone


def test_a_disk_that_takes_nothing_leaves_the_running_release(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder(group.sites, Addresses())
    builder.build(group.catalog(), now=NOW)
    before = running_release(group.sites / "hosts" / "north.example")
    group.change("north/articles/sore-back.md", "Keep moving", "Keep walking")

    def full(_paths: Sequence[Path]) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(writing, "sync_all", full)
        assert builder.build(group.catalog(), now=NOW) == []
    assert "No space left" in builder.problems["north"]
    assert running_release(group.sites / "hosts" / "north.example") == before
    assert builder.build(group.catalog(), now=NOW) == ["north.example"]


def test_what_a_killed_build_left_is_removed(group: Group) -> None:
    builder = Builder(group.sites, Addresses())
    builder.build(group.catalog(), now=NOW)
    releases = group.sites / "hosts" / "north.example" / "releases"
    (releases / ".new-half").mkdir()
    (releases / ".new-half" / "index.html").write_text("half a page")
    group.change("north/articles/sore-back.md", "Keep moving", "Keep walking")
    builder.build(group.catalog(), now=NOW)
    builder.settle()
    assert [path.name for path in releases.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(("each_s", "alone"), [(0.03, 20), (0.3, 1)])
def test_more_processes_are_started_only_where_that_is_sooner(
    each_s: float, alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty things on two cores; one second to start the processes."""
    clock = itertools.count(0, each_s)
    monkeypatch.setattr(workers.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(workers, "cores", lambda: 2)
    waiting = deque(range(20))
    taken = list(for_a_while(waiting))
    assert len(taken) == alone
    assert [*taken, *waiting] == list(range(20))


def test_one_core_starts_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(0, 10.0)
    monkeypatch.setattr(workers.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(workers, "cores", lambda: 1)
    assert list(for_a_while(deque(range(5)))) == list(range(5))
