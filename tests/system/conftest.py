"""One running copy for all tests that do not break it."""

from collections.abc import Iterator

import pytest

from tests.system.running import Copy, running_copy


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    with running_copy(tmp_path_factory.mktemp("copy")) as running:
        yield running
