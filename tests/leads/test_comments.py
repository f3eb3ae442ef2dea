"""Comments of readers: they wait, a person decides, the document says what everybody may read."""

import argparse
import json
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from contract.comments import REDIS_KEY, Comments
from leads.app import build_app
from leads.commands import comments as command
from leads.comments import store
from leads.comments.publish import CommentPublisher
from leads.scope import scoped
from plumbing.database import connect
from plumbing.documents import Reader, redis_client
from plumbing.signing import SigningKey, VerifyKeys
from tests.builders import a_clinic, a_directory
from tests.leads.conftest import Leads, a_reader, make_settings, write_release
from tests.servers import Valkey, a_key

ARTICLE = "/articles/sore-back/"
COMMENT_FORM = """<p><?= notice ?></p><?% for field, message in error_list %?>
<a href="#<?= field ?>"><?= message ?></a><?% endfor %?><input value="<?= values.name ?>">
<textarea><?= values.message ?></textarea><input name="from" value="<?= values.from ?>">"""
THANKS = "<?% if valid and kind == 'comment' %?>read before it appears<?% endif %?>"
EMAIL = "ana.secret@example.com"


@pytest.fixture
def slug() -> str:
    return f"blog-{uuid4().hex[:8]}"


@pytest.fixture
def blog(tmp_path: Path, engine: Engine, everything: Engine, migrated: str, slug: str) -> Leads:
    """A clinic that takes comments, and one that does not."""
    settings = make_settings(tmp_path, database_url=migrated)
    host = f"{slug}.example"
    write_release(settings.sites_dir, host)
    release = settings.sites_dir / "hosts" / host / "current"
    (release / "_forms" / "comment.html").write_text(COMMENT_FORM)
    (release / "_forms" / "thanks.html").write_text(THANKS)
    page = release / ARTICLE.strip("/") / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("An article")
    directory = a_directory(a_clinic(slug, forms=("comment",)), a_clinic("quiet"))
    app = build_app(settings, engine=engine, directory=a_reader(tmp_path, directory))
    return Leads(client=app.test_client(), engine=everything, settings=settings)


def fields(**changes: str) -> dict[str, str]:
    return {
        "kind": "comment",
        "name": "Ana",
        "email": EMAIL,
        "message": "Walking helped me.",
        "from": ARTICLE,
    } | changes


def waiting(blog: Leads, slug: str, state: str = "waiting") -> list[store.Stored]:
    with scoped(blog.engine, [slug]) as scope:
        return store.listed(scope, blog.settings.seal_keys, state=state)


def decide(blog: Leads, slug: str, state: str) -> None:
    [one] = waiting(blog, slug)
    with scoped(blog.engine, [slug]) as scope:
        assert store.decide(scope, blog.settings.seal_keys, one.id, state=state)


def count(blog: Leads, table: str, clinic: str) -> int:
    with blog.engine.begin() as connection:
        query = text(f"SELECT count(*) FROM {table} WHERE clinic = :clinic")  # noqa: S608
        return int(connection.execute(query, {"clinic": clinic}).scalar_one())


def test_s4_1_a_comment_waits_and_its_writer_is_told_so(blog: Leads, slug: str) -> None:
    answer = blog.post(fields(), host=f"{slug}.example")
    assert answer.status_code == 303
    thanks = blog.client.get(answer.headers["Location"], base_url=f"http://{slug}.example")
    assert "read before it appears" in thanks.text
    assert thanks.headers["Cache-Control"] == "no-store"
    [one] = waiting(blog, slug)
    assert (one.name, one.message, one.article) == ("Ana", "Walking helped me.", ARTICLE)


def test_a_comment_is_no_lead_and_alerts_nobody(blog: Leads, slug: str) -> None:
    blog.post(fields(), host=f"{slug}.example")
    assert count(blog, "lead", slug) == 0
    with blog.engine.begin() as connection:
        rows = connection.execute(text("SELECT row_to_json(outbox)::text FROM outbox"))
        events = list(rows.scalars())
    assert not [event for event in events if slug in event]


def test_the_same_comment_twice_is_one(blog: Leads, slug: str) -> None:
    for message in ("Walking helped me.", " walking  helped me "):
        assert blog.post(fields(message=message), host=f"{slug}.example").status_code == 303
    assert len(waiting(blog, slug)) == 1


@pytest.mark.parametrize("missing", ["name", "email", "message", "from"])
def test_what_is_missing_is_asked_for_and_every_word_is_kept(
    blog: Leads, slug: str, missing: str
) -> None:
    answer = blog.post(fields(**{missing: ""}), host=f"{slug}.example")
    assert answer.status_code == 422
    assert f'href="#{missing}"' in answer.text
    for name, value in fields().items():
        if name not in {missing, "kind", "email"}:
            assert value in answer.text
    assert waiting(blog, slug) == []


@pytest.mark.parametrize(
    "path", ["/articles/nothing/", "/articles/../../x/", "//evil.example/", "/contact/", "x"]
)
def test_only_an_article_that_is_there_is_commented_on(blog: Leads, slug: str, path: str) -> None:
    assert blog.post(fields(**{"from": path}), host=f"{slug}.example").status_code == 422


def test_the_page_it_came_from_names_the_article_where_the_form_does_not(
    blog: Leads, slug: str
) -> None:
    sent = fields()
    del sent["from"]
    came = {"Referer": f"http://{slug}.example{ARTICLE}"}
    assert blog.post(sent, host=f"{slug}.example", headers=came).status_code == 303


def test_s4_1_switched_off_there_is_no_such_form(blog: Leads) -> None:
    assert blog.post(fields(), host="quiet.example").status_code == 404
    assert count(blog, "comment", "quiet") == 0


def test_what_looks_like_spam_waits_like_any_other_with_its_signs(blog: Leads, slug: str) -> None:
    sent = fields(topic_code="x", message="https://a.example and https://b.example")
    assert blog.post(sent, host=f"{slug}.example").status_code == 303
    assert waiting(blog, slug)[0].suspicions == ("trap", "links")


def test_while_the_database_is_away_nothing_is_called_sent(
    blog: Leads, slug: str, tmp_path: Path
) -> None:
    away = connect("postgresql://x@127.0.0.1:1/x", name="away")
    directory = a_directory(a_clinic(slug, forms=("comment",)))
    (tmp_path / "away").mkdir()
    app = build_app(blog.settings, engine=away, directory=a_reader(tmp_path / "away", directory))
    answer = app.test_client().post(
        "/leads/requests", data=fields(), base_url=f"http://{slug}.example"
    )
    assert answer.status_code == 503
    assert "was not sent" in answer.text
    assert "Walking helped me." in answer.text
    away.dispose()


def test_nothing_that_was_typed_lies_open_before_it_is_approved(blog: Leads, slug: str) -> None:
    blog.post(fields(), host=f"{slug}.example")

    def row() -> str:
        with blog.engine.begin() as connection:
            query = text("SELECT row_to_json(comment)::text FROM comment WHERE clinic = :clinic")
            return str(connection.execute(query, {"clinic": slug}).scalar_one())

    assert "Walking" not in row()
    decide(blog, slug, "approved")
    assert "Walking" in row()
    assert EMAIL not in row()


def test_approved_comments_are_published_signed_and_without_an_address(
    blog: Leads, slug: str, valkey: Valkey, migrated: str, tmp_path: Path
) -> None:
    blog.post(fields(), host=f"{slug}.example")
    key = SigningKey.read(a_key())
    jobs = connect(migrated.replace("leads_app@", "leads_jobs@"), name="jobs")
    now = [0.0]
    publisher = CommentPublisher(
        jobs, redis_url=valkey.url, signing_key=key, clock=lambda: now[0] + 100
    )
    reader = Reader(
        redis_url=valkey.url,
        key=REDIS_KEY,
        keys=VerifyKeys.read(key.public_line()),
        parse=Comments.from_json,
        copy=tmp_path / "comments.json",
    )

    def published() -> list[str]:
        reader.refresh()
        assert reader.current
        return [one.text for one in reader.current.comments if one.clinic == slug]

    assert publisher.one_pass()
    assert published() == []
    assert not publisher.one_pass()  # nothing changed
    decide(blog, slug, "approved")
    assert publisher.one_pass()
    assert published() == ["Walking helped me."]
    client = redis_client(valkey.url)
    assert EMAIL.encode() not in client.get(REDIS_KEY)  # type: ignore[operator]
    client.flushdb()
    now[0] += 15
    assert publisher.one_pass()  # a flushed Redis has it again
    assert published() == ["Walking helped me."]
    with scoped(blog.engine, [slug]) as scope:
        [one] = store.listed(scope, blog.settings.seal_keys, state="approved")
        store.decide(scope, blog.settings.seal_keys, one.id, state="rejected")
    assert publisher.one_pass()
    assert published() == []
    jobs.dispose()


def test_background_jobs_see_no_comment_that_waits(blog: Leads, slug: str, migrated: str) -> None:
    blog.post(fields(), host=f"{slug}.example")
    jobs = connect(migrated.replace("leads_app@", "leads_jobs@"), name="jobs")
    with jobs.begin() as connection:
        query = text("SELECT count(*) FROM comment WHERE clinic = :clinic")
        assert connection.execute(query, {"clinic": slug}).scalar_one() == 0
    jobs.dispose()


def test_a_clinic_decides_about_its_own_comments_alone(blog: Leads, slug: str) -> None:
    blog.post(fields(), host=f"{slug}.example")
    [one] = waiting(blog, slug)
    with scoped(blog.engine, ["quiet"]) as scope:
        assert not store.decide(scope, blog.settings.seal_keys, one.id, state="approved")


def test_an_operator_lists_approves_and_rejects(
    blog: Leads, slug: str, capsys: pytest.CaptureFixture[str]
) -> None:
    blog.post(fields(), host=f"{slug}.example")
    [one] = waiting(blog, slug)
    parser = argparse.ArgumentParser()
    command.add_to(parser)

    def comments(*arguments: str) -> tuple[int, str]:
        code = command.run(parser.parse_args([*arguments, "--clinic", slug]), blog.settings)
        told = capsys.readouterr()
        return code, told.out + told.err

    code, told = comments("list")
    assert code == 0
    assert str(one.id) in told
    assert "Walking helped me." in told
    assert EMAIL not in told
    assert comments("approve", str(one.id))[0] == 0
    assert comments("list")[1].endswith("0 waiting\n")
    assert comments("list", "--state", "approved")[1].count("Walking") == 1
    code, told = comments("reject", "nonsense")
    assert code == 1
    assert told.endswith("nonsense: no such comment\n")


def test_the_document_holds_only_what_a_page_shows() -> None:
    golden = Path(__file__).parents[1] / "contract" / "golden" / "comments.v1.json"
    [comment] = json.loads(golden.read_text())["comments"]
    assert set(comment) == {"id", "clinic", "article", "name", "text", "on"}
