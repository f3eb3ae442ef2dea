"""Pages of a running copy, on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.chromium import PHONE, needs_chromium


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(needs_chromium)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page of a phone's size, with scripts."""
    yield from _page(browser.new_context(viewport=PHONE))


@pytest.fixture
def phone_without_scripts(browser: Browser) -> Iterator[Page]:
    yield from _page(browser.new_context(viewport=PHONE, java_script_enabled=False))


def _page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()
