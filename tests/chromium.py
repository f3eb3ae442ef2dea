"""Debian's Chromium, driven over its own protocol; nothing is downloaded."""

import os
import shutil

import pytest

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser")) if p), None)
PHONE = {"width": 375, "height": 812}
ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]

# In CI a missing browser fails; on a machine of one's own it is said and skipped.
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"),
    reason="no Chromium here: apt-get install chromium",
)
