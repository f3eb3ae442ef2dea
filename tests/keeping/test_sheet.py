"""The recovery sheet: what is printed can be typed again, and a slip is found."""

import re
from pathlib import Path

import pytest

from supervisor.keeping import KeepingError
from supervisor.keeping.keys import KEPT, Keys, keys_in, put_keys, read_sheet, write_sheet
from tests.servers import a_key


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name in KEPT:
        (folder / name).write_text(a_key("now") + "\n")
    (folder / "leads_seal_keys").write_text(f"{a_key('new')}\n{a_key('old')}\n")
    return keys_in(folder)


@pytest.fixture
def sheet(keys: Keys, tmp_path: Path) -> Path:
    path = tmp_path / "sheet.txt"
    write_sheet(path, keys, backup="the.backup")
    return path


def test_the_sheet_brings_back_every_key_in_order(keys: Keys, sheet: Path, tmp_path: Path) -> None:
    again = read_sheet(sheet.read_text())
    assert again == keys
    assert list(again["leads_seal_keys"]) == ["new", "old"]
    (tmp_path / "restored").mkdir()
    put_keys(tmp_path / "restored", again)
    assert keys_in(tmp_path / "restored") == keys
    assert (tmp_path / "restored" / "directory_verify_keys").read_text().startswith("now:")


def test_the_sheet_is_for_its_owner_alone_and_says_what_to_do(sheet: Path) -> None:
    assert sheet.stat().st_mode & 0o777 == 0o600
    assert "make restore FILE=" in sheet.read_text()


def test_the_groups_may_be_typed_without_blanks_or_on_other_lines(keys: Keys, sheet: Path) -> None:
    typed = re.sub(r"(?m)^    .*$", lambda line: line[0].replace(" ", ""), sheet.read_text())
    assert read_sheet(typed) == keys


def test_a_mistyped_sign_is_named_by_its_key(sheet: Path) -> None:
    lines = sheet.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("key leads_hash_key")) + 1
    old = lines[at].strip()[0]
    lines[at] = lines[at].replace(old, "A" if old != "A" else "B", 1)
    with pytest.raises(KeepingError, match="key leads_hash_key now: mistyped"):
        read_sheet("\n".join(lines))


def test_a_key_that_is_not_on_the_sheet_is_named(sheet: Path) -> None:
    text = sheet.read_text()
    start, end = text.index("key event_seal_keys"), text.index("key directory_signing_key")
    with pytest.raises(KeepingError, match="key event_seal_keys: not on the sheet"):
        read_sheet(text[:start] + text[end:])


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeepingError, match="backup_key is missing"):
        keys_in(tmp_path)
