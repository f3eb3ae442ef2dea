"""A manager opens the desk of a running copy, calls a patient and says how it went."""

import os
import re
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


def test_a_new_number_counts_once_its_owner_has_confirmed_it(phone: Page, copy: Copy) -> None:
    phone.goto(desk_link(copy))
    phone.goto(f"http://desk.localhost:{copy.port}/settings/foothill/marsden")
    phone.get_by_role("button", name="Send me a test").click()
    assert wait_until(lambda: texts(copy, "+15595550161", "TEST") != [], seconds=20)

    phone.get_by_role("link", name="Renee Alvarado").click()
    phone.get_by_label("Mobile number").fill("(559) 555-0190")
    phone.get_by_role("button", name="Save").click()
    assert "waits for confirmation" in phone.locator("main").inner_text()
    assert wait_until(lambda: texts(copy, "+15595550190", "Confirm") != [], seconds=20)
    link = re.search(r"http://\S+/alerts/c/\w+", texts(copy, "+15595550190", "Confirm")[0])
    assert link
    phone.goto(link[0])
    phone.get_by_role("button", name="Yes, send alerts here").click()
    assert phone.locator("h1").inner_text() == "Confirmed"

    phone.goto(f"http://desk.localhost:{copy.port}/settings/foothill/marsden")
    assert "(559) 555-0190" in phone.locator(".order").inner_text()
    accept_file(copy)  # the other tests find the copy as the file has it
    phone.goto(f"http://desk.localhost:{copy.port}/settings/foothill/marsden")
    assert "(559) 555-0161" in phone.locator(".order").inner_text()


def texts(copy: Copy, to: str, words: str) -> list[str]:
    """What was sent to `to` and has `words` in it."""
    said = [str(message["text"]) for message in copy.messages() if message["to"] == to]
    return [text for text in said if words in text]


def accept_file(copy: Copy) -> None:
    subprocess.run(
        [sys.executable, "-m", "notify", "alerts", "accept-file", "--clinic", "foothill"],
        env={"PATH": os.defpath, "DATA_DIR": str(copy.data_dir)},
        capture_output=True,
        check=True,
    )
