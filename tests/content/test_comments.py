"""Approved comments reach the page; nothing else of them does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from content.app import create_preview_app
from content.comments import CommentFeed, with_comments
from content.live import LiveCatalog
from content.publisher import ContentPublisher
from content.render import Site, site_files
from content.settings import PublisherSettings
from content.sites import Addresses
from contract.comments import REDIS_KEY, ApprovedComment, Comments
from plumbing.documents import Publisher, redis_client
from plumbing.signing import SigningKey, VerifyKeys
from tests.content.conftest import ARTICLE, Group
from tests.servers import Valkey, a_key

PAGE = "articles/sore-back/index.html"
ON = "[forms]\ncomments = true\n"


def a_comment(**changes: str) -> ApprovedComment:
    values = {
        "id": "1",
        "clinic": "north",
        "article": "/articles/sore-back/",
        "name": "Ana",
        "text": "Walking helped me.",
        "on": "2026-11-24",
    }
    return ApprovedComment(**values | changes)


def files(group: Group, *comments: ApprovedComment) -> dict[str, str]:
    catalog = with_comments(group.catalog(), Comments(version=1, comments=comments))
    [clinic] = catalog.publishable()
    made = site_files(Site(clinic=clinic, host="north.example", base_url="https://north.example"))
    return {path: data.decode() for path, data in made.items() if path.endswith(".html")}


@pytest.fixture
def blog(group: Group) -> Group:
    group.change("north/clinic.toml", "[forms]\n", ON)
    return group


def test_s4_1_switched_off_there_is_no_markup_and_no_form(group: Group) -> None:
    made = files(group, a_comment())
    assert "omment" not in BeautifulSoup(made[PAGE], "html.parser").body.get_text()  # type: ignore[union-attr]
    assert 'value="comment"' not in made[PAGE]
    assert "_forms/comment.html" not in made


def test_a_comment_stands_below_its_own_article_alone(blog: Group) -> None:
    other = a_comment(text="Of another clinic", clinic="south")
    made = files(blog, a_comment(text="First.\n\nSecond."), other)
    soup = BeautifulSoup(made[PAGE], "html.parser")
    [comment] = soup.select(".comment")
    assert comment.select_one(".comment-by").get_text(" ", strip=True) == "Ana November 24, 2026"  # type: ignore[union-attr]
    assert [p.get_text() for p in comment.find_all("p")[1:]] == ["First.", "Second."]
    elsewhere = "".join(page for path, page in made.items() if path != PAGE)
    assert "First." not in elsewhere
    assert "Of another clinic" not in elsewhere + made[PAGE]


def test_hostile_words_are_words(blog: Group) -> None:
    words = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} <?= values ?>"
    page = files(blog, a_comment(name=words, text=words))[PAGE]
    soup = BeautifulSoup(page, "html.parser")
    assert soup.select_one(".comment p:last-child").get_text() == words  # type: ignore[union-attr]
    assert not soup.select(".comment script, .comment img, .comment a")
    assert "alert(1)" not in "".join(script.get_text() for script in soup.find_all("script"))


def test_the_form_below_an_article_names_it_and_asks_for_what_is_needed(blog: Group) -> None:
    form = BeautifulSoup(files(blog)[PAGE], "html.parser").select_one(".comments form")
    assert form is not None
    assert form["action"] == "/leads/requests"
    values = {field["name"]: field.get("value") for field in form.select("[name]")}
    assert values["kind"] == "comment"
    assert values["from"] == "/articles/sore-back/"
    assert {"name", "email", "message"} <= set(values)
    assert "<?" not in str(form)


def test_the_preview_shows_the_form_and_sends_nothing(blog: Group) -> None:
    live = LiveCatalog(blog.clinics, blog.library)
    client = create_preview_app(live, Addresses(demo=True)).test_client()
    host = "http://north.preview.localhost"
    blog.write("north/drafts/new.md", ARTICLE)
    for path in ("/articles/sore-back/", "/articles/new/"):
        page = BeautifulSoup(client.get(path, base_url=host).text, "html.parser")
        form = page.select_one("section.comments form")
        assert form, path
        assert form.select_one("[name=message]")
    answer = client.post("/leads/requests", base_url=host, data={"kind": "comment"})
    assert answer.status_code == 503
    assert "Nothing was sent" in answer.text


def test_a_comment_changes_one_page_and_no_other(blog: Group) -> None:
    before, after = files(blog), files(blog, a_comment())
    assert [path for path in before if before[path] != after[path]] == [PAGE]


@pytest.fixture
def signed(valkey: Valkey) -> Iterator[tuple[SigningKey, Publisher]]:
    key = SigningKey.read(a_key())
    yield key, Publisher(redis_url=valkey.url, key=REDIS_KEY, signing_key=key)
    redis_client(valkey.url).delete(REDIS_KEY)


def feed(key: SigningKey, valkey: Valkey, folder: Path) -> CommentFeed:
    keys = VerifyKeys.read(key.public_line())
    return CommentFeed(redis_url=valkey.url, keys=keys, state_dir=folder)


def test_what_is_approved_reaches_the_page_and_goes_when_it_is_taken_back(
    blog: Group, valkey: Valkey, signed: tuple[SigningKey, Publisher], tmp_path: Path
) -> None:
    key, leads = signed
    settings = PublisherSettings(
        bind="127.0.0.1",
        health_port=0,
        clinics_dir=blog.clinics,
        library_dir=blog.library,
        sites_dir=blog.sites,
        state_dir=blog.state,
        redis_url=valkey.url,
        signing_key=SigningKey.read(a_key()),
        comments_keys=VerifyKeys.read(key.public_line()),
        addresses=Addresses(),
    )
    publisher = ContentPublisher(settings)
    page = blog.sites / "hosts" / "north.example" / "current" / PAGE

    def shown(*comments: ApprovedComment, version: int) -> str:
        leads.publish(Comments(version=version, comments=comments).to_json())
        assert publisher._comments.has_news()
        publisher.build()
        assert not publisher._comments.has_news()
        return page.read_text()

    assert "Walking" in shown(a_comment(), version=2)
    assert "Walking" not in shown(version=3)


def test_a_forged_or_older_document_changes_nothing(
    blog: Group, valkey: Valkey, signed: tuple[SigningKey, Publisher], tmp_path: Path
) -> None:
    key, leads = signed
    leads.publish(Comments(version=5, comments=(a_comment(),)).to_json())
    reader = feed(key, valkey, tmp_path)
    assert reader.has_news()
    reader.put_into(blog.catalog())
    other = Publisher(redis_url=valkey.url, key=REDIS_KEY, signing_key=SigningKey.read(a_key()))
    other.publish(Comments(version=9, comments=()).to_json())
    assert not reader.has_news()
    leads.publish(Comments(version=4, comments=()).to_json())
    assert not reader.has_news()


def test_without_redis_and_after_a_restart_the_last_good_copy_is_shown(
    blog: Group, valkey: Valkey, signed: tuple[SigningKey, Publisher], tmp_path: Path
) -> None:
    key, leads = signed
    leads.publish(Comments(version=5, comments=(a_comment(),)).to_json())
    assert feed(key, valkey, tmp_path).has_news()
    away = replace(valkey, port=1)
    again = feed(key, away, tmp_path)
    clinic = again.put_into(blog.catalog()).clinic("north")
    assert clinic
    assert [comment.text for comment in clinic.articles[0].comments] == ["Walking helped me."]
