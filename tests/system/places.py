"""Every place of a running copy where something that a patient typed could lie."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import redis
from psycopg import sql

from tests.system.running import Copy


def places(copy: Copy) -> Iterator[tuple[str, str]]:
    yield "captured messages", copy.get("captured.localhost", "/messages.json").text
    yield "captured page", copy.get("captured.localhost", "/").text
    yield from _metrics(copy)
    yield from redis_keys(copy)
    yield from files(copy.data_dir)
    yield from tables(copy, "leads")
    yield from tables(copy, "notify")


def _metrics(copy: Copy) -> Iterator[tuple[str, str]]:
    for name in ("content", "leads", "leads-relay", "notify", "notify-worker", "notify-dispatcher"):
        page = httpx.get(f"http://127.0.0.1:{copy.port_of(name)}/metrics", trust_env=False)
        yield f"metrics of {name}", page.text


def redis_keys(copy: Copy) -> Iterator[tuple[str, str]]:
    with redis.Redis.from_url(copy.settings()["REDIS_URL"]) as client:
        for key in client.scan_iter():
            yield f"redis {key!r}", f"{key!r} {client.dump(key)!r}"


def files(folder: Path) -> Iterator[tuple[str, str]]:
    """Logs (the edge's too), spools, Redis' own files, releases; databases are left out."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and "postgres" not in name.parts[0]:
            yield f"file {name}", path.read_bytes().decode("latin-1")


def tables(copy: Copy, service: str) -> Iterator[tuple[str, str]]:
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
