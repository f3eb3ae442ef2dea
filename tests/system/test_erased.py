"""After somebody is erased nothing of the request is left in any key of Redis or on disk."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg

from tests.builders import a_form
from tests.system.places import files, redis_keys, tables
from tests.system.running import Copy, reference, wait_until

CLINIC = "foothill.localhost"
PHONE, EMAIL = "(559) 555-0173", "erasedcanary@patient.example"
SEALED = ("name_sealed", "contact_sealed", "words_sealed")
SWEPT_WITHIN_S = 30


def test_no_key_of_redis_no_spool_and_no_row_holds_an_erased_request(copy: Copy) -> None:
    form = a_form(
        location="marsden",
        name="Erasa Canary",
        message="erasedcanary sentence",
        phone=PHONE,
        email=EMAIL,
        reply_by="email",
        consent_email="on",
    )
    told = reference(copy.post(CLINIC, form))
    assert wait_until(lambda: told in copy.alerted(), seconds=60)
    traces = sealed(copy, told)
    assert len(traces) > len(SEALED)
    kept = "\n".join(text for _, text in tables(copy, "leads"))
    assert all(traces[name] in kept for name in SEALED)  # they would be seen

    said = erase(copy, PHONE)
    assert "1 request" in said, said
    assert wait_until(lambda: not left(copy, traces), seconds=SWEPT_WITHIN_S), left(copy, traces)


def sealed(copy: Copy, told: str) -> dict[str, str]:
    """What the request is kept as: column or event -> ciphertext, as the places are read."""
    with psycopg.connect(copy.settings()["LEADS_DATABASE_URL"]) as connection:
        connection.execute("SELECT set_config('leads.clinics', 'foothill', false)")
        row = connection.execute(
            "SELECT id, name_sealed, contact_sealed, words_sealed FROM lead WHERE reference = %s",
            [told],
        ).fetchone()
    assert row
    found = {name: value.decode("latin-1") for name, value in zip(SEALED, row[1:], strict=True)}
    with psycopg.connect(copy.settings()["LEADS_JOBS_DATABASE_URL"]) as connection:
        events = connection.execute(
            "SELECT name, sealed FROM outbox WHERE data->>'lead_id' = %s AND sealed <> ''",
            [str(row[0])],
        ).fetchall()
    return found | {f"event {name}": str(value) for name, value in events}


def erase(copy: Copy, about: str) -> str:
    """As an operator does it beside a running copy; the number is read, never an argument."""
    because = ["--unanswered-because", "withdrew it by phone today"]
    done = subprocess.run(
        [sys.executable, "-m", "leads", "person", "erase", "--yes", *because],
        env={"PATH": os.defpath, "DATA_DIR": str(copy.data_dir)},
        input=f"{about}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def left(copy: Copy, traces: dict[str, str]) -> list[tuple[str, str]]:
    """(where, which trace): in whatever form it could have been put there."""
    return [
        (where, name)
        for where, text in _everywhere(copy)
        for name, trace in traces.items()
        if any(form in text for form in _forms(trace))
    ] + [(where, "plain") for where, text in _everywhere(copy) if "erasedcanary" in text.lower()]


def _everywhere(copy: Copy) -> Iterator[tuple[str, str]]:
    yield from redis_keys(copy)
    yield from files(copy.data_dir / "spool")
    yield from tables(copy, "leads")
    yield from tables(copy, "notify")


def _forms(trace: str) -> set[str]:
    raw = trace.encode("latin-1")
    encoded = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode(), raw.hex()}
    return {trace, repr(raw)[2:-1], *(one.rstrip("=") for one in encoded)}
