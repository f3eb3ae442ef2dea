"""Whatever is killed or frozen: every request that was told "sent" has its alert, once."""

import time
from collections.abc import Callable

import pytest

from tests.compose.stack import Stack
from tests.compose.test_up import CLINIC
from tests.system.load import Patients
from tests.system.running import wait_until

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1200)]

LOCATIONS = ("marsden", "pell-crossing")
SERVICES = (
    "edge",
    "content",
    "content-publisher",
    "leads",
    "leads-relay",
    "leads-consumer",
    "notify",
    "notify-worker",
    "notify-dispatcher",
    "notify-relay",
    "postgres",
    "redis",
)
KILLED_FOR_S = 2
PAUSED_FOR_S = 7  # longer than the 5 s after which events go by HTTP
FREEZE_TRIES = 10
BETWEEN_S = 1
SETTLED_WITHIN_S = 120


def kill(stack: Stack, service: str) -> None:
    """As an operator would: Docker does not restart what was killed by hand."""
    stack.compose("kill", service)
    time.sleep(KILLED_FOR_S)
    stack.start(service)


def pause(stack: Stack, service: str) -> None:
    """An engine on version 1 of control groups cannot freeze what waits for a disk just then."""
    for _ in range(FREEZE_TRIES - 1):
        if "unable to freeze" not in stack.compose("pause", service, check=False):
            break
    else:
        stack.compose("pause", service)
    time.sleep(PAUSED_FOR_S)
    stack.compose("unpause", service)


@pytest.mark.parametrize(("fault", "seed"), [(kill, 11), (pause, 12)])
def test_nobody_is_lost_and_nobody_told_twice(
    stack: Stack, fault: Callable[[Stack, str], None], seed: int
) -> None:
    assert set(SERVICES) == {
        name for name, one in stack.containers().items() if one["State"]["Running"]
    }
    with Patients(copy=stack, host=CLINIC, locations=LOCATIONS, every_s=0.4, seed=seed) as patients:
        for service in SERVICES:
            fault(stack, service)
            time.sleep(BETWEEN_S)
    told = set(patients.told)
    assert len(told) > 50
    started = time.monotonic()
    wait_until(
        lambda: told <= stack.alerted() and told <= stack.mailed(),
        seconds=SETTLED_WITHIN_S,
    )
    settled_s = time.monotonic() - started
    assert told - stack.alerted() == set()
    assert told - stack.mailed() == set()
    assert told <= stack.references()
    # a captured message is kept once; a mail may come twice, and says so by its Message-ID
    assert {key for key, count in stack.alerts().items() if count > 1} == set()
    mails = [mail for mail in stack.mails() if mail["reference"] in told]
    ids: dict[tuple[str, str], set[str]] = {}
    for mail in mails:
        ids.setdefault((mail["reference"], *mail["to"]), set()).add(mail["message_id"])
    assert {key for key, found in ids.items() if len(found) > 1} == set()
    copies = len(mails) - len(ids)
    wait_until(lambda: all(map(stack.is_healthy, SERVICES)), seconds=60)
    assert [service for service in SERVICES if not stack.is_healthy(service)] == []
    figures = f"{len(told)} sent, settled after {settled_s:.1f} s, {copies} mails twice"
    print(f"\n{fault.__name__}: {figures}")  # noqa: T201 - the figures to watch
