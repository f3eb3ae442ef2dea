"""Whatever stands in the files: a clear message, and the running release stays."""

import os
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.building import build_sites
from content.files import read_text
from content.importing.command import import_files
from content.markdown import render
from content.mistakes import Mistakes
from content.sites import Addresses
from tests.content.conftest import ARTICLE, CLINIC, Group

NORTH = "north/clinic.toml"
BAD = [
    ("zone", NORTH, CLINIC.replace("America/Los_Angeles", "America/Weston"), "is no time zone"),
    ("path as zone", NORTH, CLINIC.replace("America/Los_Angeles", "../etc"), "is no time zone"),
    ("hours", NORTH, CLINIC.replace("08:00-12:00", "08:00-25:00"), "is no time of day"),
    ("hours that end first", NORTH, CLINIC.replace("08:00-12:00", "12:00-08:00"), "ends too early"),
    ("hours that overlap", NORTH, CLINIC.replace("13:00-17:00", "11:00-17:00"), "overlaps"),
    ("color", NORTH, CLINIC.replace("[forms]", '[theme]\nink = "#ffffff"\n[forms]'), "contrast"),
    ("no color", NORTH, CLINIC.replace("[forms]", '[theme]\nink = "red"\n[forms]'), "is no color"),
    ("TOML", NORTH, CLINIC + "x = = 1\n", "correct the TOML on this line"),
    ("a key twice", NORTH, 'name = "x"\n' + CLINIC, "correct the TOML on this line"),
    ("location twice", NORTH, CLINIC + CLINIC[CLINIC.index("[[loc") :], "a second location"),
    ("NUL", "north/articles/a.md", ARTICLE + "\0", ""),
    ("Latin-1", "north/articles/a.md", ARTICLE.encode() + b"\xe9", "is not UTF-8 text"),
    ("50 MB", "north/articles/a.md", ARTICLE + "x" * 50_000_000, "is over 1 MiB"),
    ("no front matter", "north/articles/a.md", "# Words\n", "has no front matter"),
    ("a slug with dots", "north/articles/..a.md.md", ARTICLE, ""),
    ("a block left open", "north/articles/a.md", ARTICLE + "\n::: note\nx\n", "is not closed"),
    ("a picture by name", "north/pictures/a.png", b"GIF? no", "is a picture by its name only"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "text", "says"), [bad[1:] for bad in BAD], ids=[b[0] for b in BAD]
)
def test_what_is_wrong_is_said_and_the_running_release_stays(
    group: Group, path: str, text: str | bytes, says: str
) -> None:
    build_sites(group.catalog(), group.sites, Addresses())
    current = group.sites / "hosts" / "north.example" / "current"
    before = current.resolve()
    group.write(path, text)
    found = group.mistakes()
    build_sites(group.catalog(), group.sites, Addresses())
    if says:
        assert any(entry.startswith(path) and says in entry for entry in found), found
        assert current.resolve() == before
    assert (current / "index.html").is_file()


HOSTILE = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>1</script>)",
    "![x](javascript:alert(1))",
    "<iframe src=//evil.example></iframe>",
    '[x](/a/ "onmouseover=alert(1) \\"")',
    "<?= values.name ?>",
    "<?% include 'x' %?>",
    "{{ 7*7 }} {% raw %} {{town: {{clinic: x}} }}",
    "::: do <script>alert(1)</script>\n- x\n:::",
    "::: help\n<svg/onload=alert(1)>\n:::",
    "&lt;script&gt; &#x6a;avascript:",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_comes_out_inert(text: str) -> None:
    page = BeautifulSoup(render(text).html, "html.parser")
    assert not page.select("script, iframe, svg, object, embed, style, form, input")
    for tag in page.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on")]
        for name in ("href", "src"):
            assert not str(tag.get(name, "")).lower().startswith(("javascript", "data:", "//"))
    assert "<?" not in render(text).html


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("<>&\"'/=:;()[]{}!?#*_-`\\ \n\tabjsx|+.1"),
        min_size=1,
        max_size=200,
    )
)
def test_no_text_at_all_becomes_active_html(text: str) -> None:
    html = render(text).html
    page = BeautifulSoup(html, "html.parser")
    assert not page.select("script, iframe, object, style, form")
    assert all(not name.startswith("on") for tag in page.find_all(True) for name in tag.attrs)
    assert "<?" not in html


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=300))
def test_no_file_at_all_stops_the_reading(group: Group, text: str) -> None:
    """Any text in any place: mistakes at most, never an exception."""
    body = text.encode("utf-8", "surrogatepass")
    for path in ("articles/a.md", "placements/a.md", "attestations.toml", "drafts/b.md"):
        group.write(f"north/{path}", body)
    group.write("north/articles/c.md", b'+++\ntitle = "x"\ndescription = "x"\n+++\n' + body)
    group.write("south/clinic.toml", body)
    group.catalog()


def test_a_hostile_page_is_imported_as_words(group: Group) -> None:
    page = group.clinics.parent / "page.html"
    page.write_text(
        "<!doctype html><title>T</title><body><h1>T</h1><p onclick=alert(1)>Words "
        "<a href='javascript:alert(2)'>one</a> <a href='data:text/html,x'>two</a>"
        "<img src=x onerror=alert(3) alt=&quot;><script>alert(4)</script>"
        "<svg onload=alert(5)><script>alert(6)</script></svg><iframe src=//e.example></iframe>"
        "</p><p>{{town: x}} &lt;?= values.name ?&gt; ::: help</p><form action=//e.example>"
        "<input name=a></form><style>p{}</style></body>"
    )
    import_files(
        [page],
        clinics_dir=group.clinics,
        library_dir=group.library,
        clinic="north",
        is_new=False,
    )
    [draft] = (group.clinics / "north" / "drafts").iterdir()
    _, _, body = draft.read_text().split("+++\n", 2)
    assert "Words" in body
    shown = BeautifulSoup(render(body).html, "html.parser")
    assert not shown.select("script, iframe, svg, form, input, style, [onclick], [onerror]")
    for link in shown.select("[href], [src]"):
        target = str(link.get("href") or link.get("src"))
        assert not target.startswith(("javascript:", "data:", "//"))
    assert not render(body).problems


def test_hosts_and_slugs_belong_to_one(group: Group) -> None:
    build_sites(group.catalog(), group.sites, Addresses())
    current = group.sites / "hosts" / "north.example" / "current"
    before = current.resolve()
    group.write("south/clinic.toml", CLINIC)
    group.write("north/drafts/twin.md", ARTICLE)
    group.write_library("twin", ARTICLE.replace("desc", "condition = false\ndesc"))
    group.write("north/placements/a.md", '+++\narticle = "twin"\nslug = "sore-back"\n+++\n')
    found = "\n".join(group.mistakes())
    assert "'north.example' is already a host of north" in found
    assert "/articles/sore-back/ is already the address of" in found
    build_sites(group.catalog(), group.sites, Addresses())
    assert current.resolve() == before


def test_a_pipe_instead_of_a_file_is_not_waited_for(group: Group) -> None:
    os.mkfifo(group.clinics / "north" / "articles" / "pipe.md")
    [found] = group.mistakes()
    assert found.startswith("north/articles/pipe.md:1: is no plain file")


def test_a_file_that_changes_while_it_is_read_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor that empties a file and writes it again: no half of it counts as the text."""
    path = tmp_path / "a.md"
    path.write_text("all of it, before\n")
    states = iter(("", "half of it", "all of it, after\n"))
    original = Path.open

    def written_meanwhile(self: Path, *arguments: object, **more: object) -> object:
        if (text := next(states, None)) is not None:
            with original(self, "w") as file:
                file.write(text)
        return original(self, *arguments, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", written_meanwhile)
    assert read_text(path, Mistakes(), holds="") == "all of it, after\n"


def test_a_file_that_never_rests_is_said_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_text("begin\n")
    original = Path.open
    moments = iter(range(100))

    def touched(self: Path, *arguments: object, **more: object) -> object:
        os.utime(self, ns=(0, next(moments) + 1))
        return original(self, *arguments, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", touched)
    mistakes = Mistakes()
    assert read_text(path, mistakes, holds="north") is None
    assert "changes while it is read" in str(next(iter(mistakes)))


def test_while_a_file_never_rests_the_running_release_stays(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_sites(group.catalog(), group.sites, Addresses())
    current = group.sites / "hosts" / "north.example" / "current"
    before = current.resolve()
    busy = group.write("north/articles/sore-back.md", ARTICLE + "New words.\n")
    original = Path.open
    moments = iter(range(1, 1000))

    def touched(self: Path, *arguments: object, **more: object) -> object:
        if self == busy:
            os.utime(self, ns=(0, next(moments)))
        return original(self, *arguments, **more)  # type: ignore[call-overload]

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", touched)
        [found] = group.mistakes()
        assert found.startswith("north/articles/sore-back.md:1: changes while it is read")
        build_sites(group.catalog(), group.sites, Addresses())
    assert current.resolve() == before
    build_sites(group.catalog(), group.sites, Addresses())
    assert "New words." in (current / "articles/sore-back/index.html").read_text()
