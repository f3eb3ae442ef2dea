"""Redis away while patients write: every alert leaves all the same, once, and in time."""

import pytest

from faults import redis_away

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


def test_while_redis_is_away_and_after_its_return_every_alert_leaves_in_time() -> None:
    """The short form of `make faults NAME=redis`."""
    figures = redis_away.measure(quick=True, seed=1)
    assert [figure.line() for figure in figures if not figure.kept] == []
