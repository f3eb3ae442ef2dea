"""These tests need a Docker Engine and minutes: `make test-compose` runs them, `make test` not."""

from collections.abc import Iterator

import pytest

from tests.compose.stack import NoEngine, Stack, need_engine, running_stack

MARK = "compose"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}: starts production on a Docker Engine")


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Only when they are asked for."""
    return None if config.option.markexpr == MARK else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs no stack comes first: beside the fifteen containers of one it takes longer."""
    items.sort(key=lambda item: "stack" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def engine() -> None:
    try:
        need_engine()
    except NoEngine as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def stack(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running
