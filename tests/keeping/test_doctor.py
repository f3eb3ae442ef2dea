"""The doctor says what is wrong and what to do, and only that."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis

from supervisor.keeping import findings
from supervisor.keeping.doctor import in_words_of, of_deleting, of_readiness
from supervisor.keeping.findings import KEY_FILES, Finding
from tests.servers import a_key
from tests.system.running import Copy, running_copy

ROOT = Path(__file__).parents[2]


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    for name in KEY_FILES:
        (folder / name).write_text(a_key() + "\n")
    return folder


def test_good_keys_are_no_finding(secrets: Path) -> None:
    assert findings.of_keys(secrets) == []


def test_a_missing_a_broken_and_a_short_secret_are_each_named(secrets: Path) -> None:
    (secrets / "leads_seal_keys").unlink()
    (secrets / "leads_hash_key").write_text("k1:short\n")
    (secrets / "service_token").write_text("changeme\n")
    (secrets).chmod(0o755)
    said = [finding.what for finding in findings.of_keys(secrets)]
    for part in (
        "leads_seal_keys is missing",
        "leads_hash_key cannot be used",
        "service_token is shorter",
        "others may read",
    ):
        assert any(part in what for what in said), part
    assert not any("changeme" in what for what in said)


def test_without_a_real_provider_nobody_would_be_told() -> None:
    (finding,) = findings.of_providers("", "", demo=False)
    assert "nobody would be told" in finding.what
    assert "make setup" in finding.do
    (captured,) = findings.of_providers("capture://", "capture://", demo=True)
    assert captured.do == ""
    assert findings.of_providers("smtp://mail.example/?from=a@b.example", "", demo=False) == []


@pytest.mark.parametrize(
    ("hours_ago", "wrong"), [(0.5, False), (3, True), (None, True)], ids=["lately", "long", "never"]
)
def test_deleting_by_age_that_does_not_run_is_a_finding(
    hours_ago: float | None, *, wrong: bool
) -> None:
    at = datetime.now(UTC) - timedelta(hours=hours_ago) if hours_ago else None
    metrics = (
        "# HELP leads_retention_due Requests past their time\n"
        f"leads_retention_last_run_timestamp_seconds {at.timestamp() if at else 0:e}\n"
        "leads_retention_deleted 7.0\nleads_retention_due 3.0\n"
    )
    (finding,) = of_deleting("leads-relay", metrics)
    assert bool(finding.do) == wrong
    assert "python -m leads retention run" in finding.do or not wrong
    if at:
        assert "3 requests are due" in finding.what
    assert list(of_deleting("leads-relay", "")) == []  # it does not answer: said elsewhere


def test_an_old_backup_is_a_finding_and_a_fresh_one_is_not(secrets: Path) -> None:
    now = datetime.now(UTC)
    (secrets / "last_backup").write_text(f"{now.isoformat()} a.backup\n")
    assert findings.of_last_backup(secrets, demo=False) == []
    (secrets / "last_backup").write_text(f"{(now - timedelta(hours=30)).isoformat()} a.backup\n")
    (finding,) = findings.of_last_backup(secrets, demo=False)
    assert "30 hours old" in finding.what


def test_a_name_that_does_not_resolve_is_named() -> None:
    (finding,) = findings.of_hosts(["localhost", "nowhere.invalid"])
    assert "nowhere.invalid does not resolve" in finding.what


def test_what_a_process_waits_for_is_repeated_with_its_name() -> None:
    (finding,) = of_readiness("notify", {"directory": "no clinic directory yet"})
    assert finding.what == "notify is not ready: directory: no clinic directory yet"


def test_the_exit_code_is_1_only_when_there_is_something_to_do() -> None:
    assert in_words_of([Finding(what="a demo")])[1] == 0
    text, code = in_words_of([Finding(what="it is cold", do="light a fire")])
    assert code == 1
    assert "1 things are wrong" in text
    assert "it is cold" in text
    assert "light a fire" in text


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    with running_copy(tmp_path_factory.mktemp("doctor")) as copy:
        yield copy


def doctor(data_dir: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "supervisor.keeping", "doctor"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.system
def test_a_copy_that_is_well_has_nothing_wrong(copy: Copy) -> None:
    said = doctor(copy.data_dir)
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.startswith("nothing is wrong")
    assert "nobody would be told" in said.stdout


@pytest.mark.system
def test_a_lost_key_and_an_evicting_redis_are_found(copy: Copy) -> None:
    keys = copy.data_dir / "secrets" / "leads_seal_keys"
    client = redis.Redis.from_url(copy.settings()["REDIS_URL"])
    before = keys.read_text()
    keys.write_text(a_key("other") + "\n")
    client.config_set("maxmemory-policy", "volatile-lru")
    try:
        said = doctor(copy.data_dir)
    finally:
        keys.write_text(before)
        client.config_set("maxmemory-policy", "noeviction")
        client.close()
    assert said.returncode == 1
    assert "lacks the key" in said.stdout
    assert "maxmemory-policy volatile-lru" in said.stdout


def test_an_empty_folder_is_told_how_to_begin(tmp_path: Path) -> None:
    said = doctor(tmp_path / "none")
    assert said.returncode == 1
    assert "there is no installation" in said.stdout
    assert not (tmp_path / "none").exists()
