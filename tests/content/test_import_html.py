"""HTML pages become drafts: the article is kept, what is around it is quoted."""

from pathlib import Path

import pytest

from content.importing.document import Document
from content.importing.draft import lost_words, markdown_of
from content.importing.html import read_html, visible_text
from content.importing.review import review
from content.importing.sources import Unreadable, read_sources

PAGE = """<!doctype html><html><head><title>Sore Backs | North</title>
<meta name="description" content="What helps a sore back."><style>p{}</style></head>
<body><nav><a href="/">Home</a> <a href="/blog">Blog</a></nav>
<header><h1>Sore Backs</h1></header>
<main><article>
<p>Backs hurt for <b>many</b> reasons; see <a href="https://example.org/a_(b)">this study</a>.<br>
And <em>then</em> they stop. <script>track()</script></p>
<h3>What helps</h3>
<ul><li>Walk.<ul><li>Slowly</li></ul></li><li>Rest a little. <button>Share</button></li></ul>
<ol start="3"><li>Third.</li></ol>
<p>• Ice</p><p>• Heat</p>
<table><tr><th>When</th><th>What</th></tr><tr><td>Day 1 | 2</td><td>Ice</td></tr></table>
<blockquote><p>Move.</p><p>Then rest.</p></blockquote>
<p><a href="javascript:alert(1)">Do not run</a> &lt;script&gt; 1. * [x] </p>
<img src="/back.jpg" alt="A back"><iframe src="https://video.example/1"></iframe>
</article></main>
<aside class="sidebar">Call now</aside><footer>© North 2020</footer></body></html>"""


def read(html: str) -> Document:
    document = read_html(html)
    review(document)
    return document


def test_the_article_is_markdown_with_its_links_lists_and_tables() -> None:
    document = read(PAGE)
    draft = markdown_of(document)
    assert document.title
    assert document.title.text == "Sore Backs"
    assert 'description = "What helps a sore back."' in draft
    for written in (
        "**many**",
        "*then*",
        "[this study](<https://example.org/a_(b)>)",
        "### What helps",
        "- Walk.\n  - Slowly",
        "- Rest a little.",
        "3. Third.",
        "- Ice\n- Heat",
        "| When | What |\n| --- | --- |\n| Day 1 \\| 2 | Ice |",
        "> Move.\n>\n> Then rest.",
        "Do not run",
    ):
        assert written in draft
    assert "javascript" not in draft
    assert lost_words(visible_text(PAGE), document, draft) == ""


def test_what_is_around_the_article_is_quoted_with_the_reason() -> None:
    left_out = {entry.text: entry.reason for entry in read(PAGE).left_out}
    assert left_out == {
        "Sore Backs | North": "the title of the browser's tab",
        "Home": "a menu of the old site",
        "Blog": "a menu of the old site",
        "Share": "a button",
        "Call now": "a column beside the article",
        "© North 2020": "the foot of the old site's pages",
    }


def test_pictures_are_listed_and_embedded_media_named() -> None:
    document = read(PAGE)
    assert [(p.address, p.alt) for p in document.pictures] == [("/back.jpg", "A back")]
    assert any("video.example" in proposal for proposal in document.proposals)


def test_a_page_without_a_heading_is_named_as_its_tab_is() -> None:
    document = read("<html><head><title>Backs</title></head><body><p>They hurt.</p></body></html>")
    assert document.title
    assert document.title.text == "Backs"


def test_a_page_in_another_encoding_is_read_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "old.html"
    path.write_bytes('<html><meta charset="windows-1252"><p>Don’t</p></html>'.encode("cp1252"))
    [source] = read_sources(path).sources
    assert source.words == "Don’t"
    path.write_bytes(b'<html><meta charset="klingon"><p>x</p></html>')
    with pytest.raises(Unreadable, match="unknown encoding 'klingon'"):
        read_sources(path)


def test_a_page_over_the_limit_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "big.html"
    path.write_bytes(b"<html>" + b"x" * 8 * 1024 * 1024)
    with pytest.raises(Unreadable, match="over 8 MiB; split it"):
        read_sources(path)
