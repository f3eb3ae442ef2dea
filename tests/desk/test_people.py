"""Colleagues: what can be done to them, and not to people of another clinic or a higher role."""

from uuid import UUID

import pytest
from sqlalchemy import select

from leads import tables
from tests.desk.conftest import Colleague, DeskUnderTest, words


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


def staff_id(desk: DeskUnderTest, email: str) -> UUID:
    with desk.engine.connect() as connection:
        found = connection.scalar(select(tables.staff.c.id).where(tables.staff.c.email == email))
    assert isinstance(found, UUID)
    return found


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "nobody"}, "That is no email address"),
        ({"role": "owner"}, "Choose what the person will do"),
        ({"role": "operator"}, "Choose what the person will do"),
        ({"place": "kosak"}, "Choose a clinic or location"),
        ({"place": "*"}, "Choose a clinic or location"),
        ({"place": "envista/mars", "role": "location_staff"}, "Choose a clinic or location"),
        ({"place": "envista/shafter"}, "Only location staff"),
    ],
)
def test_what_cannot_be_meant_is_said_and_invites_nobody(
    desk: DeskUnderTest, ana: Colleague, changes: dict[str, str], said: str
) -> None:
    before = desk.everything_stored()
    fields = {"email": "new@envista.example", "role": "editor", "place": "envista"} | changes
    answer = ana.post("/people", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert desk.everything_stored() == before


@pytest.mark.parametrize("who", ["eve@kosak.example", "owner@envista.example", "op@group.example"])
def test_people_of_other_clinics_and_higher_roles_are_not_there(
    desk: DeskUnderTest, ana: Colleague, who: str
) -> None:
    desk.arrive("eve@kosak.example", "manager", "kosak")
    desk.arrive("owner@envista.example", "owner", "envista")
    desk.arrive("op@group.example", "operator")
    assert who not in ana.get("/people").text
    before = desk.everything_stored()
    for do in ("disable", "enable", "invite"):
        assert ana.post(f"/people/{staff_id(desk, who)}", do=do).status_code == 404
    assert desk.everything_stored() == before


def test_who_is_disabled_is_out_at_once(desk: DeskUnderTest, ana: Colleague) -> None:
    ben = desk.arrive("ben@envista.example", "location_staff", "envista")
    ana.post(f"/people/{staff_id(desk, 'ben@envista.example')}", do="disable")
    assert ben.get("/").location.startswith("/sign-in")
    assert "Disabled" in words(ana.page("/people"))


def test_nobody_manages_oneself(desk: DeskUnderTest, ana: Colleague) -> None:
    own = staff_id(desk, "ana.lopez@envista.example")
    assert ana.post(f"/people/{own}", do="disable").status_code == 404


def test_a_colleague_in_the_list_is_changed_at_once(desk: DeskUnderTest, ana: Colleague) -> None:
    desk.arrive("ben@envista.example", "reviewer", "envista")
    answer = ana.post(
        "/people", email="Ben@envista.example", name="Ben Ode", role="editor", place="envista"
    )
    assert "is here already" in ana.get(answer.location).text
    assert "Ben Ode ben@envista.example · Editor · Envista" in words(ana.page("/people"))


def test_who_works_for_two_clinics_is_taken_off_ones_own_alone(
    desk: DeskUnderTest, ana: Colleague, stored: dict[str, UUID]
) -> None:
    eve = desk.arrive("eve@kosak.example", "manager", "kosak", "envista")
    shown = words(ana.page("/people"))
    assert "Eve eve@kosak.example · Manager · Envista" in shown  # where else is not said
    assert "Kosak" not in shown
    ana.post(f"/people/{staff_id(desk, 'eve@kosak.example')}", do="disable")
    assert "eve@kosak.example" not in ana.get("/people").text
    assert eve.get("/").location.startswith("/sign-in")
    eve = Colleague(desk.app.test_client())
    eve.get(desk.link("link", "--email", "eve@kosak.example").removeprefix(desk.settings.desk_url))
    assert eve.get(f"/leads/{stored['kosak']}").status_code == 200
    assert eve.get(f"/leads/{stored['envista']}").status_code == 404


def test_nothing_is_left_open_to_whom_a_location_is_taken_off(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    """Without a location an account would reach all of the other clinic."""
    email = "s@group.example"
    places = ("--clinic", "envista", "--clinic", "kosak", "--location", "envista/shafter")
    desk.link("add", "--email", email, "--role", "location_staff", *places)
    ana.post(f"/people/{staff_id(desk, email)}", do="disable")
    with desk.engine.connect() as connection:
        row = connection.execute(select(tables.staff).where(tables.staff.c.email == email)).one()
    assert row.disabled_at is not None


def test_an_account_that_others_switched_off_is_not_let_in_again_here(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    desk.arrive("eve@kosak.example", "manager", "kosak", "envista")
    desk.link("disable", "--email", "eve@kosak.example")
    assert "Let in again" not in ana.get("/people").text
    eve = staff_id(desk, "eve@kosak.example")
    assert ana.post(f"/people/{eve}", do="enable").status_code == 400
