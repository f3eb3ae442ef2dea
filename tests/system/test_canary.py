"""What patients type stays in the database, sealed, and is nowhere else: planted words looked for.

In what staff get, in every log and metric, in Redis with all that it keeps on disk, in every file
of the copy but those of PostgreSQL, and in every table that the services can read.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import redis
from psycopg import sql

from tests.builders import a_form
from tests.system.running import Copy, reference, wait_until

CLINIC = "foothill.localhost"
DESK = "desk.localhost"
PLANTED = {
    "name": "Quetzal Canaryname",
    "phone": "(559) 555-0187",
    "email": "canarymail@patient.example",
    "message": "canarysentence about my canaryspine",
}
# as typed, and as they could be changed on the way
WORDS = ("canary", "quetzal", "5595550187", "559) 555-0187", "555-0187")


def test_planted_words_are_found_nowhere_but_sealed(copy: Copy) -> None:
    told = _ask_in_every_way(copy)
    assert wait_until(lambda: told <= copy.alerted(), seconds=60)
    for one in told:
        _answer(copy, one)
    places = dict(_places(copy))
    kinds = {where.split()[0] for where in places}
    assert kinds == {"captured", "metrics", "redis", "file", "leads", "notify"}
    found = {
        (where, word) for where, text in places.items() for word in WORDS if word in text.lower()
    }
    assert found == set()


def _ask_in_every_way(copy: Copy) -> set[str]:
    """By form, by program, with a mistake, with words in the address and from a comment."""
    form = a_form(location="marsden", reply_by="phone", **PLANTED)
    told = {reference(copy.post(CLINIC, form))}
    by_program = copy.http.post(
        "/leads/v1/requests",
        json=form | {"message": "canaryprogram"},
        headers={"Host": f"{CLINIC}:{copy.port}"},
    )
    assert by_program.status_code == 201, by_program.text
    told.add(by_program.json()["reference"])
    assert copy.post(CLINIC, form | {"phone": "canary"}).status_code == 422
    copy.get(CLINIC, "/contact/?name=Quetzal&message=canaryquery")
    copy.get(CLINIC, "/thanks/?ref=canaryref&t=canarytoken")
    return told


def _answer(copy: Copy, told: str) -> None:
    """The alert's story goes on to its end, so that all that is said of it is said."""
    for message in copy.messages():
        link = re.search(r"/alerts/a/[A-Za-z0-9]{16}", str(message["text"]))
        if told in str(message["leads"]) and link:
            answer = copy.http.post(link[0], headers={"Host": f"{DESK}:{copy.port}"})
            assert answer.status_code == 303
            return
    raise AssertionError("no link in what was captured")


def _places(copy: Copy) -> Iterator[tuple[str, str]]:
    yield "captured messages", copy.get("captured.localhost", "/messages.json").text
    yield "captured page", copy.get("captured.localhost", "/").text
    yield from _metrics(copy)
    yield from _redis(copy)
    yield from _files(copy.data_dir)
    yield from _tables(copy, "leads")
    yield from _tables(copy, "notify")


def _metrics(copy: Copy) -> Iterator[tuple[str, str]]:
    for name in ("content", "leads", "leads-relay", "notify", "notify-worker", "notify-dispatcher"):
        page = httpx.get(f"http://127.0.0.1:{copy.port_of(name)}/metrics", trust_env=False)
        yield f"metrics of {name}", page.text


def _redis(copy: Copy) -> Iterator[tuple[str, str]]:
    with redis.Redis.from_url(copy.settings()["REDIS_URL"]) as client:
        for key in client.scan_iter():
            yield f"redis {key!r}", f"{key!r} {client.dump(key)!r}"


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """Logs (the edge's too), spools, Redis' own files, releases; databases are left out."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and "postgres" not in name.parts[0]:
            yield f"file {name}", path.read_bytes().decode("latin-1")


def _tables(copy: Copy, service: str) -> Iterator[tuple[str, str]]:
    """All rows of the service; what is kept as bytes is read as such."""
    with psycopg.connect(copy.settings()[f"{service.upper()}_DATABASE_URL"]) as connection:
        connection.execute("SELECT set_config('leads.clinics', 'foothill', false)")
        names = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind = 'r' AND has_table_privilege(oid, 'SELECT')"
        ).fetchall()
        for (name,) in names:
            rows = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name)))
            kept = [str(_readable(value)) for row in rows for value in row]
            yield f"{service} table {name}", "\n".join(kept)


def _readable(value: object) -> object:
    return value.decode("latin-1") if isinstance(value, bytes) else value
