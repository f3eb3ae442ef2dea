"""One clinic is flooded: patients of the others are answered at once, and nobody is lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.builders import a_form
from tests.system.running import Copy, reference, wait_until
from tests.system.test_one_request import CLINIC

FLOODED = "ocotillo.localhost"
REQUESTS = 100
OTHERS = 4
ANSWER_S = 5.0


def test_beside_a_flood_of_one_clinic_others_are_answered_and_told_of(copy: Copy) -> None:
    """How long an alert waits meanwhile is measured by `make bench NAME=flood`."""
    sent: list[str] = []

    def flood() -> None:
        with (
            ThreadPoolExecutor(8) as senders,
            httpx.Client(base_url=f"http://127.0.0.1:{copy.port}", timeout=30) as client,
        ):
            sent.extend(senders.map(lambda number: _send(client, number), range(REQUESTS)))

    flooding = threading.Thread(target=flood)
    flooding.start()
    others = []
    for number in range(OTHERS):
        told_at = time.monotonic()
        told = reference(
            copy.post(CLINIC, a_form(location="marsden", message=f"beside a flood {number}"))
        )
        assert time.monotonic() - told_at < ANSWER_S
        others.append(told)
    flooding.join()
    assert len(set(sent)) == REQUESTS
    assert wait_until(lambda: {*sent, *others} <= copy.alerted(), seconds=120)


def _send(client: httpx.Client, number: int) -> str:
    fields = a_form(
        location="casa-brava",
        message=f"one of very many {number}",
        phone=f"(602) 555-{number:04}",
    )
    return reference(client.post("/leads/requests", data=fields, headers={"Host": FLOODED}))
