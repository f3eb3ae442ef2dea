"""The library has a preview of its own, and no other address."""

from content.app import create_preview_app
from content.importing.command import import_files
from content.live import LiveCatalog
from content.sites import Addresses
from tests.content.conftest import Group

TEXT = "Sore Backs\n\nThey hurt when people sit too long.\n"


def test_s4_3_a_page_without_an_owner_is_shown_without_a_brand(group: Group) -> None:
    source = group.clinics.parent / "page.txt"
    source.write_text(TEXT)
    import_files(
        [source], clinics_dir=group.clinics, library_dir=group.library, clinic="", is_new=False
    )
    app = create_preview_app(LiveCatalog(group.clinics, group.library), Addresses(demo=True))
    client = app.test_client()
    for path, words in (("/", "Sore Backs"), ("/articles/sore-backs/", "sit too long")):
        page = client.get(path, base_url="http://library.preview.localhost")
        assert page.status_code == 200
        assert words in page.text
        assert page.headers["X-Robots-Tag"] == "noindex"
        assert "North Clinic" not in page.text
        assert 'class="button" href="tel:"' not in page.text  # it has no number
    assert "Draft – It is in the library" in page.text
    assert "Left to do before this can be published" in page.text
    away = client.get("/articles/sore-backs/", base_url="http://north.preview.localhost")
    assert away.status_code == 404
