"""A manager opens the desk of a running copy, calls a patient and says how it went."""

import os
import subprocess
import sys

import psycopg
from playwright.sync_api import Page

from tests.builders import a_form
from tests.system.running import Copy, reference, wait_until

CLINIC = "foothill.localhost"


def desk_link(copy: Copy) -> str:
    """A one-time link, as an operator makes it beside a running copy."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "leads",
            "staff",
            "add",
            "--email",
            "renee@foothill.example",
            "--role",
            "manager",
            "--clinic",
            "foothill",
        ],
        env={"PATH": os.defpath, "DATA_DIR": str(copy.data_dir)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def alert_state(copy: Copy, told: str) -> str:
    with psycopg.connect(copy.settings()["NOTIFY_DATABASE_URL"]) as connection:
        row = connection.execute("SELECT state FROM alert WHERE reference = %s", [told]).fetchone()
    return row[0] if row else ""


def test_from_the_list_to_reached(phone: Page, copy: Copy) -> None:
    fields = a_form(location="marsden", name="Rosa Delgado", message="I cannot stand straight.")
    told = reference(copy.post(CLINIC, fields))
    assert wait_until(lambda: alert_state(copy, told) == "told", seconds=20)
    phone.goto(desk_link(copy))
    phone.get_by_role("link", name="Rosa Delgado").click()
    assert phone.locator("a[href^='tel:+16615550199']").first.is_visible()
    assert "I cannot stand straight." in phone.locator("main").inner_text()
    phone.get_by_role("button", name="I'll call this patient").click()
    assert wait_until(lambda: alert_state(copy, told) == "taken", seconds=20)
    phone.get_by_role("button", name="Reached").click()
    assert wait_until(lambda: alert_state(copy, told) == "settled", seconds=20)


def test_the_desk_is_on_no_clinics_host_and_no_clinic_on_the_desks(copy: Copy) -> None:
    assert copy.get(CLINIC, "/sign-in").status_code == 404
    answer = copy.get("desk.localhost", "/locations/")
    assert answer.status_code in {303, 404}
    assert "oothill" not in answer.text
    assert copy.post("desk.localhost", a_form(location="marsden")).status_code in {403, 404, 421}


def test_a_link_opens_the_desk_once(phone: Page, copy: Copy) -> None:
    link = desk_link(copy)
    phone.goto(link)
    phone.context.clear_cookies()
    phone.goto(link)
    assert "Sign out" not in phone.locator("body").inner_text()
    log = (copy.data_dir / "logs" / "edge.log").read_text()
    assert link.rsplit("/", 1)[1] not in log
