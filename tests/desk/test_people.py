"""Inviting colleagues, and what nobody can do to people of another clinic or a higher role."""

from uuid import UUID

import pytest
from sqlalchemy import select

from contract.events import Envelope
from leads import tables
from plumbing.envelopes import open_part
from tests.desk.conftest import Colleague, DeskUnderTest, words


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


def invited(desk: DeskUnderTest) -> list[tuple[dict, dict]]:
    """What notify is asked to send: the open and the sealed part of each event."""
    outbox = tables.outbox.c
    with desk.engine.connect() as connection:
        rows = connection.execute(
            select(outbox.id, outbox.name, outbox.at, outbox.data, outbox.sealed)
            .where(outbox.name == "message.requested.v1")
            .order_by(outbox.at)
        )
        envelopes = [Envelope(**row) for row in map(dict, rows.mappings())]
    keys = desk.settings.event_keys
    return [(envelope.data, open_part(keys, envelope)) for envelope in envelopes]


def staff_id(desk: DeskUnderTest, email: str) -> UUID:
    with desk.engine.connect() as connection:
        found = connection.scalar(select(tables.staff.c.id).where(tables.staff.c.email == email))
    assert isinstance(found, UUID)
    return found


def test_an_invitation_goes_by_email_and_its_link_opens_the_desk(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    answer = ana.post(
        "/people", email="Ben@Envista.example", name="Ben Ode", role="editor", place="envista"
    )
    assert answer.location == "/people?invited=1"
    [(asked, sealed)] = invited(desk)
    assert (asked["template"], asked["channel"], asked["clinic"]) == (
        "invitation",
        "email",
        "envista",
    )
    assert "ben@" not in str(asked)
    assert sealed["to"] == "ben@envista.example"
    assert sealed["values"]["by"] == "Ana Lopez"
    ben = Colleague(desk.app.test_client())
    ben.get(sealed["values"]["link"].removeprefix(desk.settings.desk_url))
    assert ben.get("/report").status_code == 200
    shown = words(ana.page("/people"))
    assert "Ben Ode ben@envista.example · Editor · Envista" in shown
    assert sealed["values"]["link"] not in ana.get("/people").text


def test_location_staff_can_be_kept_to_a_location(desk: DeskUnderTest, ana: Colleague) -> None:
    ana.post("/people", email="s@envista.example", role="location_staff", place="envista/shafter")
    with desk.engine.connect() as connection:
        row = connection.execute(
            select(tables.staff).where(tables.staff.c.email == "s@envista.example")
        ).one()
    assert (row.clinics, row.locations) == (["envista"], ["envista/shafter"])


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
        ({"email": "eve@kosak.example"}, "cannot be invited here"),
        ({"email": "owner@envista.example"}, "cannot be invited here"),
    ],
)
def test_what_cannot_be_meant_is_said_and_invites_nobody(
    desk: DeskUnderTest, ana: Colleague, changes: dict[str, str], said: str
) -> None:
    desk.arrive("eve@kosak.example", "manager", "kosak")
    desk.arrive("owner@envista.example", "owner", "envista")
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
