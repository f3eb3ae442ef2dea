"""Clinic files out of a backup go where they belong, and replace nothing."""

from pathlib import Path

import pytest

from supervisor.keeping.folders import place


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    clinic = tmp_path / "restored" / "clinics" / "envista"
    clinic.mkdir(parents=True)
    (clinic / "clinic.toml").write_text("name = 'Envista'\n")
    return tmp_path / "restored"


def test_an_empty_place_gets_the_files(unpacked: Path, tmp_path: Path) -> None:
    target = tmp_path / "clinics"
    said = place({"clinics": target}, unpacked)
    assert said == [f"clinics: restored into {target}"]
    assert (target / "envista" / "clinic.toml").read_text() == "name = 'Envista'\n"
    assert not unpacked.exists()


def test_files_that_are_the_same_need_no_word(unpacked: Path, tmp_path: Path) -> None:
    target = tmp_path / "clinics"
    (target / "envista").mkdir(parents=True)
    (target / "envista" / "clinic.toml").write_text("name = 'Envista'\n")
    assert place({"clinics": target}, unpacked) == []
    assert not unpacked.exists()


def test_files_that_differ_stay_and_it_is_said_where_the_others_are(
    unpacked: Path, tmp_path: Path
) -> None:
    target = tmp_path / "clinics"
    target.mkdir()
    (target / "mine.txt").write_text("mine\n")
    (said,) = place({"clinics": target}, unpacked)
    assert "differs from the backup and was left alone" in said
    assert f"CLINICS_DIR={unpacked / 'clinics'}" in said
    assert [path.name for path in target.iterdir()] == ["mine.txt"]
