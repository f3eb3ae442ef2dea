"""Finding a lead by what the caller can say."""

import pytest

from leads import tables
from leads.desk import finding
from leads.identity import spoken
from tests.desk.conftest import Colleague, DeskUnderTest, soup, words


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


def names(colleague: Colleague, query: str) -> set[str]:
    answer = colleague.post("/search", **{"for": query})
    assert answer.status_code == 200
    return {link.text for link in soup(answer).select("h3 a")}


@pytest.mark.parametrize(
    "query",
    [
        "(661) 555-0187",
        "661.555.0187",
        "+16615550187",
        "JOSÉ",
        "munoz",
        "mun",
        "jose muñoz",
        "Jose.M@Example.com",
    ],
)
def test_a_person_is_found_by_what_can_be_said(
    desk: DeskUnderTest, ana: Colleague, query: str
) -> None:
    desk.request(name="José Muñoz", phone="661-555-0187", email="jose.m@example.com", message="a")
    desk.request(name="Ana Ruiz", message="b")
    assert names(ana, query) == {"José Muñoz"}


def test_a_child_is_found_by_its_own_name(desk: DeskUnderTest, ana: Colleague) -> None:
    desk.request(patient_name="Leonora", relationship="parent", **{"for": "someone_else"})
    assert names(ana, "leonora") == {"Ana Ruiz about Leonora (parent)"}


def test_a_reference_is_found_as_it_is_read_out(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request(name="By Reference")
    reference = desk.row(lead_id)["reference"]
    for typed in (
        reference,
        spoken(reference),
        reference.lower(),
        f" {reference[:4]}-{reference[4:]}",
    ):
        assert names(ana, typed) == {"By Reference"}


def test_a_reference_that_was_told_meanwhile_is_found(desk: DeskUnderTest, ana: Colleague) -> None:
    lead_id = desk.request(name="By Alias")
    with desk.engine.begin() as connection:
        connection.execute(
            tables.lead_alias.insert().values(
                clinic="envista", reference="ABCD2345", lead_id=lead_id
            )
        )
    assert names(ana, "abcd 2345") == {"By Alias"}


@pytest.mark.parametrize("query", ["", " ", "zz", "nobody", "%", "'; DROP TABLE lead --", "\0"])
def test_nothing_is_found_in_words(desk: DeskUnderTest, ana: Colleague, query: str) -> None:
    desk.request(name="Somebody Else")
    answer = ana.post("/search", **{"for": query})
    assert soup(answer).select("h3 a") == []
    assert ("Nothing found" in answer.text) == bool(query.strip(" \0"))


def test_a_query_without_end_is_refused_in_words(ana: Colleague) -> None:
    assert "longer than 200 characters" in ana.post("/search", **{"for": "x" * 201}).text


def test_another_clinics_patient_is_not_found(desk: DeskUnderTest, ana: Colleague) -> None:
    foreign = desk.request(host="kosak.example", name="Kosak Patient", phone="661-555-0111")
    for query in ("kosak", "661-555-0111", desk.row(foreign)["reference"]):
        assert names(ana, query) == set()
    owner = desk.arrive("owner@group.example", "owner")
    assert names(owner, "kosak patient") == {"Kosak Patient"}


def test_many_are_cut_and_it_is_said(
    desk: DeskUnderTest, ana: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "SHOWN", 2)
    for n in range(3):
        desk.request(name=f"Common Name {n}", message=str(n))
    shown = words(soup(ana.post("/search", **{"for": "common"})))
    assert "The newest 2 of many: add a word to see fewer" in shown


def test_what_was_looked_for_is_in_no_address_and_no_audit_row(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    desk.request(name="Ana Ruiz")
    ana.post("/search", **{"for": "ruiz"})
    assert desk.audit()[-1] == ("searched", "envista", None)
    form = ana.page("/").find("form", role="search")
    assert form["method"] == "post"


def test_the_newest_of_many_are_found_and_all_words_must_fit(
    desk: DeskUnderTest, ana: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "SHOWN", 3)
    for n in range(5):
        desk.request(name=f"Maria Number{n}", message=str(n))
    assert names(ana, "maria") == {f"Maria Number{n}" for n in (2, 3, 4)}
    assert names(ana, "number0 maria maria") == {"Maria Number0"}
    assert names(ana, "maria nobody") == set()
