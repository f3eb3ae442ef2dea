"""The preview in a browser: a change of a file is on the screen by itself, mistakes too."""

import os
import subprocess
import sys

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.chromium import needs_chromium
from tests.content.conftest import Group
from tests.content.test_publishing import wait_for
from tests.servers import free_port

pytestmark = [pytest.mark.integration, needs_chromium]
PATIENT_MS = 60_000


def test_a_page_in_the_preview_follows_its_file(group: Group, browser: Browser) -> None:
    port = free_port()
    folders = ("--clinics-dir", str(group.clinics), "--library-dir", str(group.library))
    process = subprocess.Popen(
        [sys.executable, "-m", "content", "preview", *folders, "--port", str(port)],
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: httpx.get(f"http://127.0.0.1:{port}/").is_success)
        page = browser.new_page()
        page.set_default_timeout(PATIENT_MS)
        page.goto(f"http://north.preview.localhost:{port}/articles/sore-back/")
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text("A sore back", timeout=PATIENT_MS)
        group.change("north/articles/sore-back.md", "A sore back", "A stiff back")
        expect(heading).to_have_text("A stiff back", timeout=PATIENT_MS)
        # at once: nobody waits until the page has asked for the first time
        group.change("north/articles/sore-back.md", "/locations/", "/nowhere/")
        expect(page.get_by_text("leads nowhere")).to_be_visible(timeout=PATIENT_MS)
        page.close()
    finally:
        process.terminate()
        process.wait(60)
