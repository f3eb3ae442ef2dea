"""Settings: every mistake at once, in words."""

from pathlib import Path

import pytest

from contract.env import SettingsError
from notify.settings import Settings
from tests.notify.builders import an_environment


def test_a_full_environment_is_understood(tmp_path: Path) -> None:
    settings = Settings.from_env(an_environment(tmp_path))
    assert (settings.bind, settings.sweep_s) == ("127.0.0.1", 1)
    assert [url.scheme for url in settings.email_providers] == ["capture"]


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({"FRONTDESK_DEMO": "1", "EDGE_BIND": "0.0.0.0", "ALERTS_DIR": "/nowhere"})  # noqa: S104
    text = str(raised.value)
    for name in (
        "EDGE_BIND: must be a loopback",
        "NOTIFY_DATABASE_URL is missing",
        "REDIS_URL is missing",
        "NOTIFY_STATE_DIR is missing",
        "ALERTS_DIR: /nowhere is not a folder",
        "SERVICE_TOKEN is missing",
        "DIRECTORY_VERIFY_KEYS is missing",
        "EVENT_SEAL_KEYS is missing",
    ):
        assert name in text


def test_a_bad_key_file_is_a_settings_problem_that_shows_no_key(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("k1:c2VjcmV0")
    environ = an_environment(tmp_path, EVENT_SEAL_KEYS="", EVENT_SEAL_KEYS_FILE=f"{tmp_path}/keys")
    with pytest.raises(SettingsError, match="EVENT_SEAL_KEYS: key 1: must be") as raised:
        Settings.from_env(environ)
    assert "c2VjcmV0" not in str(raised.value)


def test_capture_is_refused_outside_demo(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="capture:// is only for FRONTDESK_DEMO=1"):
        Settings.from_env(an_environment(tmp_path, FRONTDESK_DEMO="0"))


def test_an_unknown_provider_is_named_without_its_password(tmp_path: Path) -> None:
    environ = an_environment(tmp_path, NOTIFY_EMAIL_PROVIDERS="capture://,telex://me:hush@x")
    with pytest.raises(SettingsError, match="entry 2: there is no provider 'telex'") as raised:
        Settings.from_env(environ)
    assert "hush" not in str(raised.value)
