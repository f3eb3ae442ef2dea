"""Nobody sees another clinic's patients: not by mistake, not on purpose."""

import re
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from leads import tables
from leads.app import build_app
from leads.staff import roles
from leads.staff.roles import Ability
from plumbing.database import connect
from tests.desk.conftest import (
    Build,
    Colleague,
    DeskUnderTest,
    nobody,
    soup,
    the_directory,
    words,
)
from tests.leads.conftest import a_reader


@dataclass(frozen=True, kw_only=True)
class Way:
    """What a route needs, what is sent to it, and what it answers to those who may."""

    needs: Ability | None = Ability.LEADS
    fields: dict[str, str] = field(default_factory=dict)
    status: int = 200

    def open_to(self, role: str) -> bool:
        return self.needs is None or roles.can(role, self.needs)


# Every route of the desk: the matrix of routes, roles and clinics is made of these tables.  A
# route that is missing here fails the build: decide first whose rows it may touch.
LEAD = "/leads/<uuid:lead_id>"
OF_A_LEAD = {
    ("GET", LEAD): Way(),
    ("POST", f"{LEAD}/moves"): Way(fields={"move": "take"}, status=303),
    ("POST", f"{LEAD}/notes"): Way(fields={"note": "called her daughter"}, status=303),
    ("GET", f"{LEAD}/visit.ics"): Way(),
    ("POST", f"{LEAD}/held"): Way(fields={"judged": "spam"}, status=303),
    ("POST", "/privacy/holds/<uuid:lead_id>"): Way(
        needs=Ability.PRIVACY, fields={"do": "hold", "reason": "a claim of an insurer"}
    ),
}
OF_CLINICS = {
    ("GET", "/live"): Way(),
    ("GET", "/texts"): Way(),
    ("GET", "/held"): Way(),
    ("GET", "/search"): Way(),
    ("POST", "/search"): Way(fields={"for": "canary"}),
    ("GET", "/report"): Way(needs=Ability.REPORT),
    ("GET", "/audit"): Way(needs=Ability.AUDIT),
    ("GET", "/comments"): Way(needs=Ability.COMMENTS),
    ("GET", "/export"): Way(needs=Ability.EXPORT),
    ("POST", "/export"): Way(needs=Ability.EXPORT, fields={"days": "30"}),
    ("GET", "/settings"): Way(needs=Ability.SETTINGS),
    ("GET", "/keep"): Way(needs=Ability.SETTINGS),
    ("GET", "/privacy"): Way(needs=Ability.PRIVACY),
    ("POST", "/privacy"): Way(needs=Ability.PRIVACY, fields={"who": "(661) 555-0199"}),
    ("POST", "/privacy/export"): Way(
        needs=Ability.PRIVACY,
        fields={"who": "(661) 555-0199", "format": "json"},
        status=503,  # there is no notify here to say what was sent
    ),
    ("POST", "/privacy/erase"): Way(
        needs=Ability.PRIVACY,
        fields={"who": "(661) 555-0199", "sure": "yes", "reason": "asked for by phone"},
    ),
    ("GET", "/people"): Way(needs=Ability.PEOPLE),
    ("POST", "/people"): Way(
        needs=Ability.PEOPLE,
        fields={"email": "new@envista.example", "role": "editor", "place": "envista"},
        status=303,
    ),
}
# Of a location: its settings are asked of notify, which is away here.
SETTINGS = "/settings/<clinic>/<location>"
OF_A_LOCATION = {
    ("GET", SETTINGS): Way(needs=Ability.SETTINGS, status=503),
    ("POST", SETTINGS): Way(needs=Ability.SETTINGS, fields={"do": "up"}, status=503),
    ("GET", f"{SETTINGS}/<contact>"): Way(needs=Ability.SETTINGS, status=503),
    ("POST", f"{SETTINGS}/<contact>"): Way(
        needs=Ability.SETTINGS, fields={"do": "remove"}, status=503
    ),
}
# Of a colleague, or of somebody who was invited to be one.
OF_A_PERSON = {
    ("POST", "/people/<uuid:staff_id>"): Way(
        needs=Ability.PEOPLE, fields={"do": "disable"}, status=303
    ),
    ("POST", "/people/invitations/<uuid:invitation_id>"): Way(
        needs=Ability.PEOPLE, fields={"do": "withdraw"}, status=303
    ),
}
OF_NOBODYS_ROWS = {
    ("GET", "/"),  # each role has its own first page
    ("POST", "/glass"),  # operators alone
    ("GET", "/assets/<name>"),
    ("GET", "/account"),  # one's own
    ("POST", "/account"),
    ("POST", "/account/passkeys"),
    ("POST", "/account/passkeys/options"),
    ("POST", "/sign-in/passkey"),
    ("POST", "/sign-in/passkey/options"),
    ("GET", "/switch"),  # names of colleagues
    ("POST", "/comments/<uuid:comment_id>"),  # tests/desk/test_comments.py
    ("POST", "/texts/<uuid:reply_id>"),  # tests/desk/test_texts.py
    ("GET", "/invitation/<token>"),  # whoever holds the link: tests/desk/test_invitations.py
    ("POST", "/invitation/<token>"),
    ("POST", f"{LEAD}/confirm"),  # gives a session, which then has to ask for the lead
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-out"),
    ("GET", "/welcome/<token>"),
    ("POST", "/welcome/<token>"),
}
EVERY_ROLE = tuple(roles.ROLES)


def arrive(desk: DeskUnderTest, role: str, clinic: str) -> Colleague:
    clinics = () if role == "operator" else (clinic,)
    return desk.arrive(f"{role}@{clinic}.example", role, *clinics)


def all_routes(desk: DeskUnderTest) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in desk.app.url_map.iter_rules()
        if rule.endpoint.startswith("desk.")
        for method in rule.methods or ()
        if method in {"GET", "POST", "PUT", "PATCH", "DELETE"}
    }


def test_every_route_is_in_the_matrix(desk: DeskUnderTest) -> None:
    of_rows = (OF_A_LEAD, OF_CLINICS, OF_A_LOCATION, OF_A_PERSON)
    assert all_routes(desk) == {way for ways in of_rows for way in ways} | OF_NOBODYS_ROWS


@pytest.mark.parametrize("role", EVERY_ROLE)
@pytest.mark.parametrize(("method", "rule"), OF_A_LEAD)
def test_another_clinics_lead_is_not_there_and_does_not_change(
    desk: DeskUnderTest, stored: dict[str, UUID], role: str, method: str, rule: str
) -> None:
    way, colleague = OF_A_LEAD[method, rule], arrive(desk, role, "envista")
    fields = {"form_key": key_of(colleague), **way.fields}
    before, audited = desk.everything_stored(), len(desk.audit())

    def ask(lead_id: UUID):
        path = rule.replace("<uuid:lead_id>", str(lead_id))
        return colleague.post(path, **fields) if method == "POST" else colleague.get(path)

    foreign, missing = ask(stored["kosak"]), ask(nobody())
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text == missing.text
    assert desk.everything_stored() == before
    assert len(desk.audit()) == audited
    with desk.engine.begin() as connection:  # a booked visit has a calendar file
        booked = {"outcome": "booked", "booked_for": func.now()} if rule.endswith(".ics") else {}
        connection.execute(update(tables.lead).values(changed_at=func.now(), **booked))
    own = ask(stored["envista"])
    assert own.status_code == (way.status if way.open_to(role) else 404)


def key_of(colleague: Colleague) -> str:
    """The form key of a session, from whatever page its role starts on."""
    found = re.search(
        r'form_key" value="([0-9a-f]+)"', colleague.get("/", follow_redirects=True).text
    )
    assert found
    return found.group(1)


@pytest.mark.parametrize("role", EVERY_ROLE)
@pytest.mark.parametrize(("method", "path"), OF_CLINICS)
def test_a_page_is_there_for_its_roles_and_shows_their_own_clinics(
    desk: DeskUnderTest, stored: dict[str, UUID], role: str, method: str, path: str
) -> None:
    for clinic, lead_id in stored.items():  # a row of each clinic for the audit
        arrive(desk, "owner", clinic).get(f"/leads/{lead_id}")
    way, colleague = OF_CLINICS[method, path], arrive(desk, role, "envista")
    fields = {"form_key": key_of(colleague), **way.fields}
    answer = colleague.post(path, **fields) if method == "POST" else colleague.get(path)
    assert answer.status_code == (way.status if way.open_to(role) else 404)
    assert "kosak" not in answer.text.lower()
    assert str(stored["kosak"]) not in answer.text


@pytest.mark.parametrize("role", EVERY_ROLE)
@pytest.mark.parametrize(("method", "rule"), OF_A_LOCATION)
def test_another_clinics_settings_are_not_there(
    desk: DeskUnderTest, role: str, method: str, rule: str
) -> None:
    way, colleague = OF_A_LOCATION[method, rule], arrive(desk, role, "envista")
    fields = {"form_key": key_of(colleague), **way.fields}
    audited = len(desk.audit())

    def ask(clinic: str, location: str = "shafter"):
        path = rule.replace("<clinic>", clinic).replace("<location>", location)
        return colleague.post(path, **fields) if method == "POST" else colleague.get(path)

    foreign, missing = ask("kosak"), ask("envista", "nowhere")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text == missing.text
    assert len(desk.audit()) == audited  # nothing was asked of notify
    assert ask("envista").status_code == (way.status if way.open_to(role) else 404)


@pytest.mark.parametrize("role", EVERY_ROLE)
@pytest.mark.parametrize(("method", "rule"), OF_A_PERSON)
def test_another_clinics_people_are_not_there(
    desk: DeskUnderTest, role: str, method: str, rule: str
) -> None:
    table = tables.invitation if "invitations" in rule else tables.staff
    of_clinic = {}
    for clinic in ("kosak", "envista"):
        email = f"new@{clinic}.example"
        if table is tables.staff:
            desk.add(email, "reviewer", clinic)
        else:
            fields = {"email": email, "role": "reviewer", "place": clinic}
            desk.arrive(f"boss@{clinic}.example", "manager", clinic).post("/people", **fields)
        with desk.engine.connect() as connection:
            of_clinic[clinic] = connection.scalar(select(table.c.id).where(table.c.email == email))
    way, colleague = OF_A_PERSON[method, rule], arrive(desk, role, "envista")
    fields = {"form_key": key_of(colleague), **way.fields}
    before, audited = desk.everything_stored(), len(desk.audit())

    def ask(person: UUID):
        return colleague.post(re.sub("<.*>", str(person), rule), **fields)

    foreign, missing = ask(of_clinic["kosak"]), ask(nobody())
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text == missing.text
    assert desk.everything_stored() == before
    assert len(desk.audit()) == audited
    own = ask(of_clinic["envista"])
    assert own.status_code == (way.status if way.open_to(role) else 404)


@pytest.mark.parametrize("role", sorted(set(EVERY_ROLE) - {"operator"}))
def test_glass_is_broken_by_operators_alone(desk: DeskUnderTest, role: str) -> None:
    colleague = arrive(desk, role, "envista")
    key = key_of(colleague)
    answer = colleague.post("/glass", clinic="kosak", reason="x" * 20, form_key=key)
    assert answer.status_code == 404


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_the_list_shows_ones_own_clinics_alone(
    desk: DeskUnderTest, stored: dict[str, UUID], role: str
) -> None:
    answer = arrive(desk, role, "envista").get("/", follow_redirects=True)
    shown = words(soup(answer))
    assert ("Canary envista" in shown) == roles.can(role, Ability.LEADS)
    assert "Canary kosak" not in shown


def test_an_owner_of_all_clinics_sees_all_and_knows_which_is_which(
    desk: DeskUnderTest, stored: dict[str, UUID]
) -> None:
    shown = words(desk.arrive("owner@group.example", "owner").page("/"))
    assert "Envista, Shafter" in shown
    assert "Kosak, Shafter" in shown


def test_an_operator_sees_no_content(desk: DeskUnderTest, stored: dict[str, UUID]) -> None:
    operator = desk.arrive("op@group.example", "operator")
    assert "see no patient's request" in words(operator.page("/"))
    for lead_id in stored.values():
        assert operator.get(f"/leads/{lead_id}").status_code == 404


def test_without_signing_in_nothing_is_there(desk: DeskUnderTest, stored: dict[str, UUID]) -> None:
    stranger = Colleague(desk.app.test_client())
    for path in ("/", f"/leads/{stored['envista']}"):
        assert stranger.get(path).location.startswith("/sign-in")
    answer = stranger.post(f"/leads/{stored['envista']}/moves", move="take", form_key="x")
    assert answer.location == "/sign-in"
    assert desk.row(stored["envista"])["state"] == "new"


def test_the_desk_is_not_on_a_clinics_host_and_nothing_else_is_on_the_desks(
    desk: DeskUnderTest, stored: dict[str, UUID]
) -> None:
    ana = arrive(desk, "manager", "envista")
    cookie = ana.client.get_cookie("desk", domain="desk.localhost").value
    for host in ("envista.example", "unknown.example", "desk.localhost.evil.example"):
        client = desk.app.test_client()
        client.set_cookie("desk", cookie, domain=host)
        for _, rule in all_routes(desk):
            path = rule.replace("<uuid:lead_id>", str(stored["envista"]))
            assert client.get(path, base_url=f"http://{host}").status_code in {404, 405}, path
    for path in ("/metrics", "/readyz", "/healthz", "/thanks/", "/internal/events"):
        assert ana.get(path).status_code in {404, 405}, path
    answer = ana.client.post("/leads/requests", base_url="http://desk.localhost")
    assert answer.status_code == 404
    ana.base = "http://DESK.localhost.:8000"
    assert ana.get("/sign-in").status_code in {200, 303}


def test_without_a_database_the_desk_says_so_and_asks_for_patience(build: Build) -> None:
    away = connect("postgresql://leads_app@127.0.0.1:1/leads", name="away")
    desk = build(demo=True)
    app = build_app(
        desk.settings, engine=away, directory=a_reader(desk.settings.state_dir, the_directory())
    )
    colleague = Colleague(app.test_client())
    assert colleague.get("/sign-in").status_code == 200
    colleague.client.set_cookie("desk", "x", domain="desk.localhost")
    answer = colleague.get("/")
    assert answer.status_code == 503
    assert "Requests are still taken" in answer.text
