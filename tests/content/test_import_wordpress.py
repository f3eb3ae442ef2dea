"""WordPress exports become drafts; their media are listed, never fetched."""

from pathlib import Path

import pytest

from content.importing.command import ImportRefused, import_files
from tests.content.conftest import Group

CONTENT = """First words.

Second words with <strong>weight</strong> and a
second line. [gallery ids="1,2"]

<ul><li>One</li></ul>
<img src="https://old.example/wp-content/back.jpg" alt="A back">"""


def wxr(*items: str) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>North Blog</title><link>https://old.example</link>
<wp:wxr_version>1.2</wp:wxr_version>{"".join(items)}</channel></rss>"""


def item(
    kind: str = "post", *, status: str = "publish", name: str = "sore-backs", more: str = ""
) -> str:
    return f"""<item><title>Sore Backs</title><link>https://old.example/2019/05/{name}/</link>
<dc:creator><![CDATA[ana]]></dc:creator><content:encoded><![CDATA[{CONTENT}]]></content:encoded>
<excerpt:encoded><![CDATA[What helps.]]></excerpt:encoded><wp:post_name>{name}</wp:post_name>
<wp:post_date_gmt>2019-05-02 10:00:00</wp:post_date_gmt><wp:status>{status}</wp:status>
<wp:post_type>{kind}</wp:post_type>{more}</item>"""


def media(address: str) -> str:
    return f"""<item><title>back</title><wp:post_type>attachment</wp:post_type>
<wp:attachment_url>{address}</wp:attachment_url><wp:status>inherit</wp:status></item>"""


COMMENT = """<wp:comment><wp:comment_author>Bo</wp:comment_author>
<wp:comment_author_email>bo@example.com</wp:comment_author_email>
<wp:comment_author_IP>203.0.113.9</wp:comment_author_IP>
<wp:comment_content>It helped.</wp:comment_content></wp:comment>"""


def imported(group: Group, text: str) -> str:
    source = group.clinics.parent / "export.xml"
    source.write_text(text)
    report = import_files(
        [source],
        clinics_dir=group.clinics,
        library_dir=group.library,
        clinic="north",
        is_new=False,
    )
    return "\n".join(report)


def test_a_post_becomes_a_draft_with_its_own_words(group: Group) -> None:
    report = imported(group, wxr(item()))
    draft = (group.clinics / "north" / "drafts" / "sore-backs.md").read_text()
    assert draft.startswith('+++\ntitle = "Sore Backs"\ndescription = "What helps."\n')
    assert "updated = 2019-05-02" in draft
    assert "First words.\n\nSecond words with **weight** and a\\\nsecond line.\n\n- One" in draft
    assert '“[gallery ids="1,2"]” (a shortcode' in report
    assert "picture: https://old.example/wp-content/back.jpg (“A back”)" in report
    assert group.mistakes() == []


def test_permalinks_lead_to_the_drafts_from_the_day_they_are_published(group: Group) -> None:
    report = imported(group, wxr(item(), item("page", name="about")))
    assert "/2019/05/sore-backs/ leads to /articles/sore-backs/ once it is published" in report
    clinic = group.catalog().clinic("north")
    assert clinic
    assert dict(clinic.moved) == {
        "/2019/05/sore-backs/": "/articles/sore-backs/",
        "/2019/05/about/": "/about/",
    }
    assert group.mistakes() == []


def test_an_address_with_a_query_is_named_because_it_cannot_lead_on(group: Group) -> None:
    report = imported(group, wxr(item().replace("/2019/05/sore-backs/", "/?p=12")))
    assert "it was read at /?p=12; what stands after the question mark cannot lead on" in report
    assert not (group.clinics / "north" / "redirects.toml").exists()


def test_pages_keep_their_kind_and_two_of_one_name_get_numbers(group: Group) -> None:
    imported(group, wxr(item(), item("page")))
    drafts = {path.name: path.read_text() for path in group.clinics.glob("north/drafts/*")}
    assert set(drafts) == {"sore-backs.md", "sore-backs-2.md"}
    assert 'kind = "page"' in drafts["sore-backs-2.md"]


def test_what_is_no_page_is_quoted_and_nobody_is_named_by_a_comment(group: Group) -> None:
    report = imported(group, wxr(item(more=COMMENT), item("nav_menu_item"), item(status="trash")))
    assert "a nav_menu_item, which is no page" in report
    assert "a post in the state 'trash'" in report
    assert "“It helped.” (a comment" in report
    assert "bo@example.com" not in report
    assert "203.0.113.9" not in report


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/a.jpg",
        "http://2130706433/a.jpg",
        "http://0x7f.1/a.jpg",
        "http://[::1]/a.jpg",
        "http://[::ffff:10.0.0.1]/a.jpg",
        "http://10.1.2.3:8080/a.jpg",
        "http://localhost/a.jpg",
        "http://redis:6379/a.jpg",
        "http://files.corp/a.jpg",
        "file:///etc/passwd",
        "gopher://old.example/a",
        "http://user:pw@old.example/a.jpg",
    ],
)
def test_media_inside_of_a_network_is_refused_in_words(group: Group, address: str) -> None:
    with pytest.raises(ImportRefused, match="Nothing was fetched"):
        imported(group, wxr(item(), media(address)))
    assert not (group.clinics / "north" / "drafts").exists()
    inside = item().replace("https://old.example/wp-content/back.jpg", address)
    with pytest.raises(ImportRefused, match="Nothing was fetched"):
        imported(group, wxr(inside))


def test_public_media_is_listed(group: Group) -> None:
    report = imported(group, wxr(item(), media("https://old.example/back.jpg")))
    assert "media, not fetched: https://old.example/back.jpg" in report


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<?xml version='1.0'?><rss><channel>", "line 1: is not well-formed XML"),
        ("<?xml version='1.0'?><rss><channel/></rss>", "no WordPress export"),
        (
            "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a SYSTEM 'file:///x'>]><rss>&a;</rss>",
            "defines entities",
        ),
        (wxr(item("nav_menu_item")), "no post and no page"),
    ],
)
def test_what_is_no_export_is_refused_in_words(group: Group, text: str, says: str) -> None:
    with pytest.raises(ImportRefused, match=says):
        imported(group, text)


def test_every_file_is_counted_on_the_progress_bar(group: Group) -> None:
    paths = []
    for number in range(3):
        path = group.clinics.parent / f"{number}.txt"
        path.write_text(f"Title {number}\n\nWords.\n")
        paths.append(path)
    seen: list[Path] = []

    def tracked(files):  # type: ignore[no-untyped-def]
        for file in files:
            seen.append(file)
            yield file

    import_files(
        paths,
        clinics_dir=group.clinics,
        library_dir=group.library,
        clinic="north",
        is_new=False,
        tracked=tracked,
    )
    assert seen == paths
