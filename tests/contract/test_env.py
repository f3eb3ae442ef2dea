"""Settings: every mistake at once, secrets from files."""

from pathlib import Path

import pytest

from contract.env import Env, SettingsError


def test_all_mistakes_are_reported_at_once() -> None:
    env = Env({"PORT": "eighty", "FLAG": "maybe", "URL": "ftp://x"})
    env.text("MISSING")
    env.integer("PORT")
    env.flag("FLAG")
    env.url("URL", schemes=("redis",))
    env.folder("FOLDER", "/nowhere")
    with pytest.raises(SettingsError) as raised:
        env.raise_problems()
    assert [problem.split(":")[0].split(" ")[0] for problem in raised.value.problems] == [
        "MISSING",
        "PORT",
        "FLAG",
        "URL",
        "FOLDER",
    ]


def test_a_value_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    assert Env({"TOKEN_FILE": str(tmp_path / "secret")}).text("TOKEN") == "s3cret"


def test_a_file_that_is_not_there_is_one_mistake(tmp_path: Path) -> None:
    env = Env({"TOKEN_FILE": str(tmp_path / "none")})
    env.integer("TOKEN")
    assert len(env.problems) == 1
    assert "none" in env.problems[0]


def test_a_wrong_url_is_not_repeated_since_it_may_hold_a_password() -> None:
    env = Env({"URL": "mysql://user:hunter2@host/db"})
    env.url("URL", schemes=("postgresql",))
    assert "hunter2" not in env.problems[0]


def test_a_number_out_of_bounds_names_them() -> None:
    env = Env({"PORT": "70000"})
    env.integer("PORT", at_most=65535)
    assert "from 0 to 65535" in env.problems[0]
