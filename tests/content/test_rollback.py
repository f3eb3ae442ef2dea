"""Back to an older release, and forward again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from content.building import build_sites
from content.rollback import RollbackRefused, kept_releases, resume, roll_back, rolled_back
from content.sites import Addresses
from tests.content.conftest import Group

HOST = "north.example"


def built(group: Group) -> str:
    build_sites(group.catalog(), group.sites, Addresses())
    return running(group)


def running(group: Group) -> str:
    return (group.sites / "hosts" / HOST / "current").resolve().name


@pytest.fixture
def three(group: Group) -> list[str]:
    """The ids of three releases, the newest last."""
    found = [built(group)]
    for old, new in (("Keep moving", "Keep walking"), ("Keep walking", "Stop walking")):
        group.change("north/articles/sore-back.md", old, new)
        found.append(built(group))
    return found


def test_a_rollback_shows_the_release_before_and_holds_it(group: Group, three: list[str]) -> None:
    assert roll_back(group.sites, HOST) == three[1]
    assert running(group) == three[1]
    group.change("north/articles/sore-back.md", "Stop walking", "Run")
    assert built(group) == three[1]
    assert rolled_back(group.sites) == {HOST: three[1]}
    newest = resume(group.sites, HOST)
    assert newest not in three
    assert (
        "Run"
        in (group.sites / "hosts" / HOST / "current/articles/sore-back/index.html").read_text()
    )
    assert rolled_back(group.sites) == {}


def test_one_can_go_back_further_and_name_a_release(group: Group, three: list[str]) -> None:
    roll_back(group.sites, HOST)
    assert roll_back(group.sites, HOST) == three[0]
    assert roll_back(group.sites, HOST, to=three[1]) == three[1]
    assert [entry.identity for entry in kept_releases(group.sites, HOST)] == three[::-1]
    assert [entry.is_running for entry in kept_releases(group.sites, HOST)] == [False, True, False]


def test_what_was_written_back_counts_as_the_newest(group: Group, three: list[str]) -> None:
    group.change("north/articles/sore-back.md", "Stop walking", "Keep walking")
    assert built(group) == three[1]
    assert roll_back(group.sites, HOST) == three[2]


@pytest.mark.parametrize(
    ("host", "to", "says"),
    [
        ("other.example", "", "no such host"),
        ("../..", "", "no such host"),
        (HOST, "deadbeef", "no release deadbeef; there are:"),
    ],
)
def test_a_rollback_that_cannot_be_changes_nothing(
    group: Group, three: list[str], host: str, to: str, says: str
) -> None:
    with pytest.raises(RollbackRefused, match=says):
        roll_back(group.sites, host, to=to)
    assert running(group) == three[2]


def test_the_command_says_what_it_did(group: Group, three: list[str], tmp_path: Path) -> None:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "content", "rollback", *arguments],
            env={"PATH": os.environ["PATH"], "SITES_DIR": str(group.sites)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    assert three[1] in run(HOST).stdout
    assert running(group) == three[1]
    listed = run(HOST, "--list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == three[::-1]
    assert "running, held" in listed[1]
    assert three[2] in run(HOST, "--resume").stdout
    refused = run("other.example")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no such host" in refused.stderr
