"""Requests as a file: safe in a spreadsheet, asked for again, written down, of any length."""

import csv
import io
import json
import tracemalloc
from uuid import UUID, uuid4

import pytest

from leads import tables, vault
from leads.desk.export import COLUMNS, FORMULAS, safe
from tests.desk.conftest import Colleague, DeskUnderTest, a_colleague, code_now


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_file_has_what_was_written_byte_for_byte(desk: DeskUnderTest, ana: Colleague) -> None:
    words = 'He said "ow", then; a\nnew line, \u00f1 \u2603'
    ana.move(desk.request(name="Jos\u00e9 O'Hara", message=words, speaks="es"), "reached")
    answer = ana.post("/export", days="30")
    assert answer.mimetype == "text/csv"
    [row] = rows(answer.data)
    assert tuple(row) == COLUMNS
    assert row["name"] == "Jos\u00e9 O'Hara"
    assert row["message"] == words
    assert (row["location"], row["outcome"], row["language"]) == ("Shafter", "Reached", "es")
    assert row["open minutes to first contact"] == "0"
    assert ("exported", "envista", None) in desk.audit()


@pytest.mark.parametrize("sign", FORMULAS)
def test_no_cell_is_a_formula(sign: str) -> None:
    assert safe(f"{sign}cmd|' /C calc'!A0").startswith("'")
    assert safe(f"a{sign}b") == f"a{sign}b"


def test_a_formula_in_every_field_arrives_as_text(desk: DeskUnderTest, ana: Colleague) -> None:
    desk.request(
        name="=1+1",
        message="@SUM(A1)",
        patient_name="+2",
        utm_source="-3",
        **{"for": "someone_else", "relationship": "=4"},
    )
    [row] = rows(ana.post("/export", days="7").data)
    assert not any(cell.startswith(("=", "+1+", "-", "@")) for cell in row.values())
    assert row["message"] == "'@SUM(A1)"


def test_another_clinics_requests_are_not_in_it(desk: DeskUnderTest, ana: Colleague) -> None:
    desk.request(host="kosak.example", name="Kosak Patient")
    assert rows(ana.post("/export", days="366").data) == []


def test_a_time_that_is_none_makes_no_file(desk: DeskUnderTest, ana: Colleague) -> None:
    answer = ana.post("/export", days="9999")
    assert answer.status_code == 422
    assert "Choose a time. No file was made." in answer.text


def test_the_password_and_a_new_code_are_asked_for(strict: DeskUnderTest) -> None:
    colleague = a_colleague(strict)
    path = strict.add("ana@envista.example", "manager", "envista")
    secret = colleague.page(path).code.text.replace(" ", "")
    password = "three grey herons wait"
    colleague.post(
        path, password=password, password_again=password, code=code_now(secret), form_key=""
    )
    for given in ({}, {"password": password}, {"password": "wrong", "code": code_now(secret)}):
        answer = colleague.post("/export", days="7", **given)
        assert answer.status_code == 422
        assert "is not right" in answer.text
    code = code_now(secret, steps=1)  # the first one is used up
    assert colleague.post("/export", days="7", password=password, code=code).status_code == 200
    again = colleague.post("/export", days="7", password=password, code=code)
    assert again.status_code == 422


def test_a_long_file_needs_no_more_memory_than_a_short_one(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    lead_id = desk.request(name="One Of Many")

    def peak() -> int:
        key = ana.form_key()
        tracemalloc.start()
        answer = ana.client.post(
            "/export", data={"days": "30", "form_key": key}, base_url=ana.base, buffered=False
        )
        size = sum(len(part) for part in answer.response)
        answer.close()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size
        return most

    peak()
    measured = []
    for count in (1000, 5000):
        copies(desk, lead_id, count)
        measured.append(peak())
    assert measured[1] < measured[0] * 2, measured


def copies(desk: DeskUnderTest, lead_id: UUID, count: int) -> None:
    """More leads like this one, each sealed for its own row."""
    row, keys = desk.row(lead_id), desk.settings.seal_keys
    del row["article"]  # the database makes it of the attribution
    plain = {
        column: json.dumps(
            vault.open_column(keys, row["clinic"], lead_id, column, row[f"{column}_sealed"])
        ).encode()
        for column in vault.COLUMNS
    }
    made = []
    for _ in range(count):
        new = uuid4()
        sealed = {
            f"{column}_sealed": keys.seal(
                plain[column], context=f"lead/{row['clinic']}/{new}/{column}"
            )
            for column in vault.COLUMNS
        }
        own = {"id": new, "reference": new.hex, "fingerprint": new.bytes}
        made.append(row | sealed | own)
    with desk.engine.begin() as connection:
        connection.execute(tables.lead.insert(), made)
