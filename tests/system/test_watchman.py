"""In a running copy alerts are tested from the first minute, and nobody sees the tests."""

import re

import httpx
import psycopg

from tests.system.running import Copy, wait_until

ARRIVES_WITHIN_S = 90  # the first one 15 s after the start, and seen through


def age_of_test_s(copy: Copy) -> float | None:
    page = httpx.get(f"http://127.0.0.1:{copy.port_of('notify')}/metrics").text
    found = re.search(r"^frontdesk_notify_alerts_tested_seconds (\S+)", page, re.MULTILINE)
    return float(found[1]) if found else None


def test_a_test_request_goes_the_whole_way_and_leads_hears_of_it(copy: Copy) -> None:
    assert wait_until(lambda: age_of_test_s(copy) is not None, seconds=ARRIVES_WITHIN_S)

    def told() -> list[tuple[str, str]]:
        with psycopg.connect(copy.settings()["LEADS_JOBS_DATABASE_URL"]) as connection:
            connection.execute("SELECT set_config('leads.clinics', '~synthetic', false)")
            return connection.execute(
                "SELECT lead_id, what FROM lead_event WHERE what = 'alert told'"
            ).fetchall()

    assert wait_until(lambda: bool(told()), seconds=15)
    assert all("synthetic" not in str(message) for message in copy.messages())
