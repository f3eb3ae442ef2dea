"""Files that somebody downloads in a real browser, opened as a spreadsheet and a calendar would."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, Download, Page

from tests.chromium import needs_chromium
from tests.desk.conftest import Build
from tests.desk.test_browser import Open, browsing

pytestmark = [pytest.mark.browser, needs_chromium]

ZONE = ZoneInfo("America/Los_Angeles")
RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")  # OWASP, CSV injection


@pytest.fixture
def opened(browser: Browser, build: Build) -> Iterator[Open]:
    with browsing(browser, build, demo=True) as opened:
        yield opened


def content(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def downloaded(page: Page, name: str, *, role: str) -> Download:
    with page.expect_download() as waiting:
        page.get_by_role(role, name=name).click()  # type: ignore[arg-type]
    return waiting.value


def test_the_file_of_requests_and_the_visit_open_as_they_should(opened: Open) -> None:
    desk, page = opened.desk, opened.page
    lead_id = desk.request(
        name="=HYPERLINK(A1)", message='@SUM(A1)\n"two", lines; ñ', utm_source="-3+4"
    )
    opened.go(desk.add("ana@envista.example", "manager", "envista"))
    opened.go(f"/leads/{lead_id}")
    visit = (datetime.now(ZONE) + timedelta(days=3)).replace(hour=10, minute=30, second=0)
    page.get_by_text("Call again later, or booked for a day").click()
    page.locator("input[type=datetime-local]").last.fill(f"{visit:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Booked").last.click()

    calendar_file = downloaded(page, "Calendar file", role="link")
    assert calendar_file.suggested_filename.endswith(".ics")
    calendar = Calendar.from_ical(content(calendar_file))
    (event,) = calendar.walk("VEVENT")
    assert event.start.astimezone(ZONE) == visit.replace(microsecond=0)
    assert "HYPERLINK" not in str(event)  # it names nobody

    opened.go("/export")
    file = downloaded(page, "Download the file", role="button")
    assert file.suggested_filename.endswith(".csv")
    raw = content(file)
    assert raw.startswith(b"\xef\xbb\xbf")  # by which spreadsheets know UTF-8
    sheet = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
    assert len(sheet) == 2
    assert {len(row) for row in sheet} == {len(sheet[0])}
    row = dict(zip(*sheet, strict=True))
    assert row["name"] == "'=HYPERLINK(A1)"
    assert row["message"] == '\'@SUM(A1)\n"two", lines; ñ'
    assert row["outcome"] == "Booked"
    assert [cell for cell in sheet[1] if cell.startswith(RUN_BY_SPREADSHEETS)] == []
    assert opened.said == []
