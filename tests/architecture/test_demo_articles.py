"""The demo clinics show the articles that they have."""

from datetime import UTC, datetime
from pathlib import Path

from content.catalog import read_catalog
from content.reviews import notices

ROOT = Path(__file__).parents[2]


def test_every_demo_article_is_attested_as_it_is_written() -> None:
    """When it is not, `python -m content check` says how to attest it."""
    catalog = read_catalog(ROOT / "clinics", ROOT / "library")
    waiting = [str(found) for found in notices(catalog, datetime.now(UTC))]
    assert [line for line in waiting if "is not public" in line] == []
