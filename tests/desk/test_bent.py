"""What somebody bends by hand: addresses that sort and narrow, and fields that no form has."""

import re
from uuid import UUID

import pytest
from sqlalchemy import text

from leads import tables
from tests.desk.conftest import Colleague, DeskUnderTest, nobody
from tests.desk.test_isolation import OF_A_LEAD, OF_A_PERSON, OF_CLINICS

NARROWED = {  # page -> what its address may say
    "/": ("location", "person", "group", "after"),
    "/live": ("location", "person"),
    "/report": ("location", "person", "days"),
    "/audit": ("before",),
    "/held": ("spam",),
    "/keep": ("clinic",),
    "/people": ("done",),
    "/account": ("order", "sort"),
}
BENT = (
    "'; DROP TABLE lead; --",
    "1 OR 1=1",
    "received_at DESC, name_sealed",
    "\0",
    "kosak/shafter",
    "kosak",
    "*",
    "-1",
    "9" * 40,
    "1e309",
    "²",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "../../secrets",
    "x" * 3000,
)
MARK = "zz-along"
TYPED = {"name", "reason", "email", "role", "message", "note"}  # fields that forms do have
POSTS = [
    (rule, way)
    for ways in (OF_A_LEAD, OF_CLINICS, OF_A_PERSON)
    for (method, rule), way in ways.items()
    if method == "POST"
]


@pytest.fixture
def owner(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("olga@envista.example", "owner", "envista")


@pytest.mark.parametrize("path", NARROWED)
def test_a_bent_address_shows_ones_own_rows_and_breaks_nothing(
    desk: DeskUnderTest, owner: Colleague, stored: dict[str, UUID], path: str
) -> None:
    before = desk.everything_stored()
    for name in NARROWED[path]:
        for value in BENT:
            answer = owner.get(path, query_string={name: value})
            assert answer.status_code in {200, 304}, (name, value)
            for foreign in ("Canary kosak", str(stored["kosak"]), "<script>alert", ">49<"):
                assert foreign not in answer.text, (name, value)
    assert desk.everything_stored() == before


@pytest.mark.parametrize(("rule", "way"), POSTS, ids=[rule for rule, _ in POSTS])
def test_what_is_posted_along_is_written_nowhere(
    desk: DeskUnderTest, owner: Colleague, stored: dict[str, UUID], rule: str, way
) -> None:
    """Under the name of every column that there is."""
    columns = {column.name for table in tables.metadata.sorted_tables for column in table.c}
    along = dict.fromkeys(columns - TYPED, MARK) | way.fields
    path = re.sub("<.*>", str(stored["envista"] if "lead_id" in rule else nobody()), rule)
    owner.post(path, **along)
    with desk.engine.connect() as connection:
        for table in tables.metadata.sorted_tables:
            marked = text(f"SELECT count(*) FROM {table.name} AS t WHERE t::text LIKE :mark")  # noqa: S608
            assert connection.scalar(marked, {"mark": f"%{MARK}%"}) == 0, table.name
    assert "Canary kosak" not in owner.get("/").text
