"""Very many leads in a database, as fast as PostgreSQL takes them.

Rows come in the order of time, as they would have; each is sealed for itself, and found under all
that a real one is found under.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from leads import search, vault
from leads.request import Attribution, Contact, Request
from leads.settings import Settings
from tests.builders import a_clinic

DAYS = 60
OPEN_SHARE = 0.01  # the others are done
PROMISE_MINUTES = 60
# a hundred, each as frequent as the most frequent ones are
NAMES = tuple(
    first + second
    for first in ("Al", "Bo", "Car", "Dmi", "Ed", "Fa", "Gra", "Hec", "Ima", "Jo")
    for second in ("ma", "ny", "la", "tri", "ith", "rid", "ce", "tor", "ni", "nas")
)
ARTICLES = tuple(f"/articles/article-{n}/" for n in range(40))
BATCH = 50_000
MARKS = "lead_id, clinic, received_at, mark"
COLUMNS = (
    "id, clinic, received_at, location, kind, reference, fingerprint, n, again, state, outcome,"
    " changed_at, contacted_at, contact_minutes, contact_late, language, form_version, attribution,"
    " suspicions, name_sealed, contact_sealed, words_sealed"
)
A_REQUEST = Request(
    kind="contact",
    location=a_clinic().locations[0],
    name="",
    contact=Contact(reply_by="phone", phone_typed="", phone="", extension="", email=""),
    routed_by="choice",
    message="My back has hurt since Monday, and on stairs it is worse.",
    for_someone_else=False,
    patient_name="",
    relationship="",
    reason="",
    patient="",
    practitioner="",
    preferences=(),
    town="",
    language="en",
    speaks="",
    consents=(),
    form_version="v1",
    attribution=Attribution(path="", utm=()),
    submission_id="",
    suspicions=(),
)


def fill(url: str, settings: Settings, slugs: Sequence[str], leads: int, *, seed: int) -> None:
    """`leads` leads of the last DAYS days, spread over the clinics `slugs`.  `url`: a superuser's.

    Foreign keys are not checked on the way; most indexes are built once, at the end.
    """
    rows = _rows(settings, slugs, leads, random.Random(seed))
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '256MB'")
        again = cursor.execute(
            "SELECT indexdef, format('DROP INDEX %I', indexname) FROM pg_indexes"
            " LEFT JOIN pg_constraint ON conname = indexname"
            " WHERE tablename IN ('lead', 'lead_search') AND conname IS NULL"
            " UNION ALL SELECT format('ALTER TABLE lead_search ADD %s', pg_get_constraintdef(oid)),"
            " 'ALTER TABLE lead_search DROP CONSTRAINT lead_search_pkey'"
            " FROM pg_constraint WHERE conname = 'lead_search_pkey'"
        ).fetchall()
        for _, drop in again:
            cursor.execute(drop)
        while batch := list(itertools.islice(rows, BATCH)):
            with cursor.copy(f"COPY lead ({COLUMNS}) FROM STDIN") as copy:
                for row, _ in batch:
                    copy.write_row(row)
            with cursor.copy(f"COPY lead_search ({MARKS}) FROM STDIN") as copy:
                for row, marks in batch:
                    for mark in marks:
                        copy.write_row((*row[:3], mark))
        for create, _ in again:
            cursor.execute(create)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def name_of(number: int) -> str:
    return f"{NAMES[number % len(NAMES)]} Number{number}"


def phone_of(number: int) -> str:
    return f"+1661{2_000_000 + number}"


def _rows(
    settings: Settings, slugs: Sequence[str], leads: int, choose: random.Random
) -> Iterator[tuple[tuple[Any, ...], tuple[bytes, ...]]]:
    """(a row in the order of COLUMNS, the marks under which it is found)."""
    now, apart = datetime.now(UTC), timedelta(days=DAYS) / leads
    for number in range(leads):
        slug, lead_id = choose.choice(slugs), UUID(int=choose.getrandbits(128))
        received = now - (leads - number) * apart
        is_open = choose.random() < OPEN_SHARE
        minutes = None if is_open else choose.expovariate(1 / 25)
        called = None if minutes is None else received + timedelta(minutes=minutes)
        phone = phone_of(number)
        contact = replace(A_REQUEST.contact, phone=phone, phone_typed=phone)
        plain = vault.plain_columns(replace(A_REQUEST, name=name_of(number), contact=contact))
        row = (
            lead_id,
            slug,
            received,
            choose.choice(("shafter", "bakersfield")),
            choose.choice(("contact", "appointment")),
            f"{number:08}",
            number.to_bytes(8),
            0,
            False,
            "new" if is_open else "done",
            None if is_open else "reached",
            called,
            called,
            minutes,
            None if minutes is None else minutes > PROMISE_MINUTES,
            "en",
            "v1",
            f'{{"path": "{choose.choice(ARTICLES)}"}}',
            "[]",
            *vault.seal_columns(settings.seal_keys, slug, lead_id, plain).values(),
        )
        yield row, search.marks(settings.hash_key, slug, plain)
