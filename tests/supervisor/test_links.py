"""The link that is printed at the end of a start."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from supervisor import links
from supervisor.environment import Environment


def test_a_link_that_takes_too_long_does_not_end_what_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "WITHIN_S", 0.001)
    env = SimpleNamespace(leads=dict, data=SimpleNamespace(root=tmp_path))
    assert links.owner_link(cast(Environment, env)) is None
