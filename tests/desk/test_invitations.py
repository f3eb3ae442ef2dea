"""Inviting: the same whoever has the address, and what its owner can make of it."""

from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select, text, update

from leads import tables
from leads.scope import scoped
from tests.desk.conftest import (
    PASSWORD,
    Build,
    Colleague,
    DeskUnderTest,
    a_colleague,
    code_now,
    soup,
    words,
)

ELSEWHERE = "eve@kosak.example"


@pytest.fixture
def ana(desk: DeskUnderTest) -> Colleague:
    return desk.arrive("ana.lopez@envista.example", "manager", "envista")


def invite(desk: DeskUnderTest, who: Colleague, email: str, **fields: str) -> str:
    """The path of the invitation's link."""
    answer = who.post("/people", email=email, **{"role": "manager", "place": "envista"} | fields)
    assert answer.location == "/people?done=invited", answer.text
    return desk.newest_link()


def stored_invitation(desk: DeskUnderTest) -> UUID:
    with desk.engine.connect() as connection:
        found = connection.scalar(select(tables.invitation.c.id))
    assert isinstance(found, UUID)
    return found


def test_an_invitation_goes_by_email_and_its_link_opens_the_desk(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    path = invite(desk, ana, "Ben@Envista.example", name="Ben Ode", role="editor")
    [(asked, sealed)] = desk.mails()
    told = (asked["template"], asked["channel"], asked["clinic"])
    assert told == ("invitation", "email", "envista")
    assert "ben@" not in str(asked)
    assert sealed["to"] == "ben@envista.example"
    assert sealed["values"]["by"] == "Ana Lopez"
    assert path not in ana.get("/people").text
    ben = a_colleague(desk)
    shown = words(ben.page(path))
    assert "Ana Lopez invites you to Envista" in shown
    assert "Editor" in shown
    ben.get(ben.post(path).location)
    assert ben.get("/report").status_code == 200
    assert "Ben Ode ben@envista.example · Editor · Envista" in words(ana.page("/people"))
    assert ben.get(path).status_code == 410


@pytest.mark.parametrize("role", ["manager", "owner", "reviewer", "operator"])
def test_an_invitation_does_not_tell_who_has_an_account_elsewhere(
    desk: DeskUnderTest, ana: Colleague, role: str
) -> None:
    """Answer, list, audit, mail and what is stored: but for the address all is the same."""
    desk.arrive(ELSEWHERE, role, *(() if role == "operator" else ("kosak",)))
    seen = []
    for email in (ELSEWHERE, "new@kosak.example"):
        before = len(desk.audit())
        with desk.statements() as statements:
            invite(desk, ana, email, name="Eve", role="editor")
        person = [words(row) for row in ana.page("/people").select(".person") if email in row.text]
        [(open_part_of, sealed)] = desk.mails()[-1:]
        sealed["values"]["link"] = sealed["values"]["link"].rpartition("/")[0]
        open_part_of["message_id"] = ""
        seen.append(
            str((statements, person, desk.audit()[before:], open_part_of, sealed)).replace(
                email, "ADDRESS"
            )
        )
    assert seen[0] == seen[1]
    assert "Invited" in seen[0]


def test_who_has_an_account_elsewhere_joins_after_signing_in(
    build: Build, stored: dict[str, UUID]
) -> None:
    desk = build(desk_host="desk.localhost", desk_url="http://desk.localhost")  # no demo
    eve = set_up(desk, desk.add(ELSEWHERE, "manager", "kosak"))
    ana = set_up(desk, desk.add("ana@envista.example", "manager", "envista"))
    path = invite(desk, ana, ELSEWHERE)
    stranger = a_colleague(desk)
    asked = stranger.page(path)
    assert asked.find("a", string="Sign in to accept")["href"] == f"/sign-in?next={path}"
    assert stranger.post(path).location == "/sign-in"
    assert "signed in as Ana" in ana.get(path).text
    assert ana.post(path).status_code == 403
    assert eve.get(f"/leads/{stored['envista']}").status_code == 404
    assert eve.client.post(path, base_url=eve.base).status_code == 403  # no form key
    assert "Join" in eve.get(path).text
    assert eve.post(path, form_key=own_key(eve, path)).location == "/"
    for lead_id in stored.values():
        assert eve.get(f"/leads/{lead_id}").status_code == 200
    assert eve.get(path).status_code == 410
    assert "Eve eve@kosak.example · Manager · Envista Set up" in words(ana.page("/people"))


def own_key(who: Colleague, path: str) -> str:
    return who.page(path).find("input", {"name": "form_key"})["value"]


def set_up(desk: DeskUnderTest, path: str) -> Colleague:
    """Somebody with a password and a second factor, signed in."""
    person = a_colleague(desk)
    secret = soup(person.get(path)).code.text.replace(" ", "")
    fields = {"password": PASSWORD, "password_again": PASSWORD, "code": code_now(secret)}
    assert person.client.post(path, base_url=person.base, data=fields).status_code == 200
    return person


@pytest.mark.parametrize(
    ("role", "place", "own"),
    [
        ("reviewer", "kosak", "yours is Reviewer"),
        ("location_staff", "kosak", "single locations"),
    ],
)
def test_an_account_of_another_role_is_told_what_to_do_and_gets_nothing(
    desk: DeskUnderTest, ana: Colleague, stored: dict[str, UUID], role: str, place: str, own: str
) -> None:
    eve = desk.arrive(ELSEWHERE, role, place)
    path = invite(desk, ana, ELSEWHERE, role="location_staff", place="envista/shafter")
    with desk.engine.begin() as connection:
        connection.execute(update(tables.staff).values(password_hash="x", totp_sealed=b"x"))
    assert own in words(eve.page(path))
    assert eve.post(path).status_code == 403
    assert eve.get(f"/leads/{stored['envista']}").status_code == 404


def test_a_disabled_account_is_not_opened_by_an_invitation(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    desk.add(ELSEWHERE, "manager", "kosak")
    desk.link("disable", "--email", ELSEWHERE)
    path = invite(desk, ana, ELSEWHERE)
    eve = a_colleague(desk)
    assert "switched off" in words(eve.page(path))
    assert eve.post(path).location.startswith("/sign-in")
    assert "Invited" in words(ana.page("/people"))


def test_an_invitation_can_be_withdrawn_and_sent_again_and_expires(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    first = invite(desk, ana, "ben@envista.example")
    at = f"/people/invitations/{stored_invitation(desk)}"
    ana.post(at, do="invite")
    again = desk.newest_link()
    ben = a_colleague(desk)
    assert [ben.get(path).status_code for path in (first, again)] == [410, 200]
    with desk.engine.begin() as connection:
        connection.execute(update(tables.invitation).values(expires_at=func.now()))
    assert ben.get(again).status_code == ben.post(again).status_code == 410
    assert "has expired" in words(ana.page("/people"))
    ana.post(at, do="invite")
    newest = desk.newest_link()
    assert ben.get(newest).status_code == 200
    ana.post(at, do="withdraw")
    assert ben.get(newest).status_code == ben.post(newest).status_code == 410
    assert "ben@envista.example" not in ana.get("/people").text
    said = [what for what, _, _ in desk.audit() if what.startswith("invitation")]
    assert said == ["invitation: sent", *["invitation: sent again"] * 2, "invitation: withdrawn"]


def test_a_second_invitation_takes_the_place_of_the_first(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    first = invite(desk, ana, "ben@envista.example", role="editor")
    invite(desk, ana, "ben@envista.example", role="reviewer")
    assert a_colleague(desk).get(first).status_code == 410
    shown = words(ana.page("/people"))
    assert "Reviewer · Envista Invited" in shown
    assert "Editor · Envista" not in shown


def test_an_invitation_of_somebody_who_was_disabled_is_void(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    path = invite(desk, ana, "ben@envista.example")
    desk.link("disable", "--email", "ana.lopez@envista.example")
    assert a_colleague(desk).post(path).status_code == 410


def test_looking_at_an_invitation_uses_nothing_up(desk: DeskUnderTest, ana: Colleague) -> None:
    path = invite(desk, ana, "ben@envista.example")
    before = desk.everything_stored()
    ben = a_colleague(desk)
    ben.client.head(path, base_url=ben.base)
    ben.get(path)
    assert desk.everything_stored() == before


def test_location_staff_can_be_kept_to_a_location(desk: DeskUnderTest, ana: Colleague) -> None:
    path = invite(desk, ana, "s@envista.example", role="location_staff", place="envista/shafter")
    assert "Location staff · Shafter" in words(ana.page("/people"))
    a_colleague(desk).post(path)
    with desk.engine.connect() as connection:
        row = connection.execute(
            select(tables.staff).where(tables.staff.c.email == "s@envista.example")
        ).one()
    assert (row.clinics, row.locations) == (["envista"], ["envista/shafter"])


def test_invitations_to_a_higher_role_are_not_a_managers(
    desk: DeskUnderTest, ana: Colleague
) -> None:
    owner = desk.arrive("owner@envista.example", "owner", "envista")
    path = invite(desk, owner, "second@envista.example", role="owner")
    assert "second@envista.example" not in ana.get("/people").text
    at = f"/people/invitations/{stored_invitation(desk)}"
    for do in ("invite", "withdraw"):
        assert ana.post(at, do=do).status_code == 404
    assert a_colleague(desk).get(path).status_code == 200


@pytest.mark.parametrize("clinics", [None, [], [""], ["kosak"], ["*"], ["envist"]])
def test_sql_of_another_clinic_finds_no_invitation(
    desk: DeskUnderTest, ana: Colleague, engine: Engine, clinics: list[str] | None
) -> None:
    invite(desk, ana, "ben@envista.example")
    count = select(func.count()).select_from(tables.invitation)
    with scoped(engine, ["envista"]) as scope:
        assert scope.connection.scalar(count) == 1
    with engine.begin() as connection:
        if clinics is not None:
            setting = ",".join(clinics)
            connection.execute(select(func.set_config("leads.clinics", setting, True)))
        assert connection.scalar(count) == 0
        connection.execute(text("SET LOCAL leads.invitation = '00'"))
        assert connection.scalar(count) == 0


def test_nobody_gives_oneself_more_than_was_asked_for(desk: DeskUnderTest, ana: Colleague) -> None:
    """By fields that no form has, on the way from the invitation to the account."""
    more = {
        "clinics": "*",
        "locations": "",
        "id": "1",
        "invited_by": "1",
        "expires_at": "2099-01-01",
    }
    path = invite(desk, ana, "ben@envista.example", role="reviewer", **more)
    ben = a_colleague(desk)
    ben.post(path, role="owner", place="kosak", email="owner@envista.example", **more)
    with desk.engine.connect() as connection:
        row = connection.execute(
            select(tables.staff).where(tables.staff.c.email == "ben@envista.example")
        ).one()
    assert (row.role, row.clinics, row.locations) == ("reviewer", ["envista"], [])
