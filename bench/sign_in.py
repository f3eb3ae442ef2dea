"""Does the time of an answer tell who has an account?  Two answers, asked for in turn.

Each figure is the difference of their medians; nobody sees 2 ms across a network.
"""

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from bench.figures import Figure
from leads.__main__ import MIGRATIONS
from leads.app import build_app
from leads.settings import Settings
from leads.staff import links, people, sessions
from leads.staff.backoff import FREE_TRIES
from leads.staff.sign_in import SignIn
from plumbing.database import connect
from plumbing.migrations import migrate
from tests.builders import a_clinic, a_directory
from tests.leads.conftest import a_reader, make_settings
from tests.servers import running_postgres

HOST = "desk.localhost"
DESK = f"http://{HOST}"
PASSWORD, WRONG = "three grey herons wait", "three grey herons went"
SET_UP, DISABLED, INVITED, NOBODY = (
    f"{name}@envista.example" for name in ("ana", "ben", "eva", "nobody")
)
ELSEWHERE = "kai@kosak.example"
WAITING = "203.0.113.9"
APART_MS = 2.0
WARM_UP = 5  # pairs that are not counted


ASKS = Callable[[], TestResponse]


def measure(*, quick: bool, seed: int) -> list[Figure]:  # noqa: ARG001 - nothing here is random
    pairs = 20 if quick else 400
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        with running_postgres(folder) as server:
            owner, app_url = server.database("leads")
            migrate(owner, MIGRATIONS)
            # no demo: there, links open the desk without a password
            settings = replace(
                make_settings(folder, database_url=app_url), desk_host=HOST, desk_url=DESK
            )
            engine = connect(app_url, name="bench", pool_size=8)
            try:
                used_link = some_people(engine, settings)
                clinics = a_directory(a_clinic(), a_clinic("kosak", hosts=("kosak.example",)))
                app = build_app(settings, engine=engine, directory=a_reader(folder, clinics))
                stranger = Stranger(client=app.test_client())
                manager = Manager.signed_in(app.test_client(), engine, settings)
                return [
                    apart(what, one, other, pairs)
                    for what, one, other in (*refusals(stranger, used_link), invitations(manager))
                ]
            finally:
                engine.dispose()


def some_people(engine: Engine, settings: Settings) -> str:
    """Somebody in each state that a refusal must not tell; the token of a link that was used."""
    sign_in = SignIn(engine=engine, seal_keys=settings.seal_keys, hash_key=settings.hash_key)
    used = ""
    for email in (ELSEWHERE, SET_UP, DISABLED, INVITED):
        clinic = email.partition("@")[2].removesuffix(".example")
        with engine.begin() as connection:
            person = people.add(
                connection, email=email, name="A", role="manager", clinics=(clinic,)
            )
            token = links.make(connection, settings.seal_keys, person.id)
            link = links.find(connection, settings.seal_keys, token)
        if email != INVITED and link:
            sign_in.set_up(token, link, PASSWORD, step=0)
            used = token
        if email == DISABLED:
            with engine.begin() as connection:
                people.disable(connection, person.id, disabled=True)
    return used


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """Somebody who guesses, each time from another address so that no try has to wait."""

    client: FlaskClient
    addresses: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def signs_in(self, email: str, *, password: str = WRONG, address: str = "") -> TestResponse:
        return self.client.post(
            "/sign-in",
            data={"email": email, "password": password, "code": "000000"},
            base_url=DESK,
            headers={"X-Real-IP": address or str(ip_address(next(self.addresses)))},
        )

    def opens(self, token: str) -> TestResponse:
        return self.client.get(f"/welcome/{token}", base_url=DESK)

    def begins_with_a_passkey(self, email: str) -> TestResponse:
        return self.client.post("/sign-in/passkey/options", data={"email": email}, base_url=DESK)


@dataclass(frozen=True, kw_only=True)
class Manager:
    """Somebody who invites colleagues and would like to know where they work."""

    client: FlaskClient
    form_key: str

    @classmethod
    def signed_in(cls, client: FlaskClient, engine: Engine, settings: Settings) -> Self:
        with engine.begin() as connection:
            person = people.by_email(connection, SET_UP)
            assert person
            token = sessions.start(connection, person.id, how="password")
        client.set_cookie("__Host-desk", token, domain=HOST)
        return cls(client=client, form_key=settings.hash_key.digest("desk form", token).hex())

    def invites(self, email: str) -> TestResponse:
        asked = {"email": email, "role": "manager", "place": "envista", "form_key": self.form_key}
        return self.client.post("/people", data=asked, base_url=DESK)


def invitations(manager: Manager) -> tuple[str, ASKS, ASKS]:
    assert manager.invites(ELSEWHERE).status_code == 303
    return (
        "inviting an address known elsewhere and an unknown one",
        lambda: manager.invites(ELSEWHERE),
        lambda: manager.invites(NOBODY),
    )


def refusals(stranger: Stranger, used_link: str) -> list[tuple[str, ASKS, ASKS]]:
    """(what is compared, the one, the other)."""

    def tries(email: str, **more: str) -> ASKS:
        return lambda: stranger.signs_in(email, **more)

    for email in (SET_UP, NOBODY):  # until this address has to wait
        for _ in range(FREE_TRIES):
            stranger.signs_in(email, address=WAITING)
    return [
        ("a wrong password and an unknown address", tries(SET_UP), tries(NOBODY)),
        ("a wrong code and an unknown address", tries(SET_UP, password=PASSWORD), tries(NOBODY)),
        ("a disabled and an unknown address", tries(DISABLED, password=PASSWORD), tries(NOBODY)),
        ("an invited and an unknown address", tries(INVITED), tries(NOBODY)),
        (
            "a known and an unknown address that wait",
            tries(SET_UP, address=WAITING),
            tries(NOBODY, address=WAITING),
        ),
        (
            "beginning with a passkey",
            lambda: stranger.begins_with_a_passkey(SET_UP),
            lambda: stranger.begins_with_a_passkey(NOBODY),
        ),
        (
            "a used and a made-up link",
            lambda: stranger.opens(used_link),
            lambda: stranger.opens("made-up"),
        ),
    ]


def apart(what: str, one: ASKS, other: ASKS, pairs: int) -> Figure:
    """How far apart the medians are; the answers themselves are the same."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(WARM_UP + pairs):
        answers = []
        # which comes first changes, so that neither always finds warm caches
        for which in (0, 1) if number % 2 else (1, 0):
            start = time.perf_counter()
            answer = (one, other)[which]()
            if number >= WARM_UP:
                times[which].append((time.perf_counter() - start) * 1000)
            answers.append(answer.status_code)
        if len(set(answers)) > 1:
            raise AssertionError(f"{what}: answered {answers}")
    first, second = (statistics.median(of_one) for of_one in times)
    return Figure(
        what=f"apart, {what}",
        value=abs(first - second),
        unit="ms",
        at_most=APART_MS,
        beside=f"medians of {pairs} pairs {first:.2f} and {second:.2f} ms",
    )
