"""make doctor: what is wrong and what to do, in words."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from plumbing.redis_policy import eviction_policy, in_words
from plumbing.running import environment
from supervisor.keeping import findings
from supervisor.keeping.findings import Finding
from supervisor.keeping.local import LocalCopy
from supervisor.keeping.stack import Stack
from supervisor.ports import LOOPBACK
from supervisor.processes import PRIVATE_PORTS

STORES = {"postgres", "redis"}
ASK_S = 5.0
NOT_READY = "see its log; what is named here is what it waits for"
# compose: service -> the port that it tells its health on
PORTS = {"content": 8001, "leads": 8002, "notify": 8003}
NOTHING_STUCK = "nothing is stuck"
WORKING = {"running", "healthy", "starting"}
DELETING, LAST_RUN = "leads_retention_", "last_run_timestamp_seconds"
DELETES_WITHIN = timedelta(hours=2)  # it runs every hour
NOT_DELETED = "see the log of leads-relay; python -m leads retention run does it now"
ONCE = {"provision", "leads-migrate", "notify-migrate"}
ASK = (
    "import sys, urllib.request as u, urllib.error as e\n"
    "try: print(u.urlopen(sys.argv[1], timeout=4).read().decode())\n"
    "except e.HTTPError as error: print(error.read().decode())"
)


def examine_copy(copy: LocalCopy, environ: Mapping[str, str]) -> Iterator[Finding]:
    """What is to be said of the installation of `make run`.  Raises KeepingError."""
    if not copy.exists:
        yield Finding(what=f"there is no installation in {copy.data.root}", do="make run")
        return
    yield from findings.of_keys(copy.secrets)
    yield from findings.of_disk(copy.data.root)
    yield from findings.of_last_backup(copy.secrets, demo=True)
    ports = copy.ports()
    if not ports:
        yield Finding(what=f"nothing runs on {copy.data.root}", do="make run")
        return
    told = environment({**environ, "DATA_DIR": str(copy.data.root)}, unless="")
    for name in PRIVATE_PORTS:
        if name not in ports:
            yield Finding(what=f"{name} does not run", do=f"see {copy.data.log(name)}")
        elif name not in STORES:
            at = f"http://{LOOPBACK}:{ports[name]}"
            yield from of_readiness(name, _readiness(f"{at}/readyz"))
            if name == "leads-relay":
                yield from of_deleting(name, _text(f"{at}/metrics"))
    policy = eviction_policy(told.get("REDIS_URL", ""))
    if policy not in {"", "noeviction"}:
        yield Finding(what=in_words(policy), do="set it back, then: make run")
    yield from findings.of_providers(
        told.get("NOTIFY_EMAIL_PROVIDERS", ""), told.get("NOTIFY_SMS_PROVIDERS", ""), demo=True
    )
    yield from of_stuck(_stuck_here(told))
    with copy.server() as server:
        yield from findings.of_fingerprints(server, copy.secrets)
        yield from findings.of_waiting(server)


def examine_stack(stack: Stack) -> Iterator[Finding]:
    """What is to be said of the installation of `make up`.  Raises KeepingError."""
    yield from findings.of_keys(stack.secrets)
    yield from findings.of_disk(stack.secrets)
    yield from findings.of_last_backup(stack.secrets, demo=stack.is_demo)
    containers = stack.containers()
    for name in sorted(set(stack.services()) - ONCE):
        if containers.get(name) not in WORKING:
            state = containers.get(name, "missing")
            yield Finding(what=f"{name} is {state}", do=f"docker compose logs {name}; make up")
        elif name not in {*STORES, "edge"}:
            url = f"http://{LOOPBACK}:{PORTS.get(name, 9000)}/readyz"
            yield from of_readiness(name, _parsed(stack.execute(name, "python", "-c", ASK, url)))
            if name == "leads-relay":
                url = url.replace("/readyz", "/metrics")
                yield from of_deleting(name, stack.execute(name, "python", "-c", ASK, url))
    yield from findings.of_providers(
        stack.provider_urls("email"), stack.provider_urls("sms"), demo=stack.is_demo
    )
    if containers.get("notify") in WORKING:
        yield from of_stuck(stack.execute("notify", "sh", "-c", "python -m notify stuck || true"))
    with stack.server() as server:
        yield from findings.of_fingerprints(server, stack.secrets)
        yield from findings.of_waiting(server)
    if not stack.is_demo:
        hosts = findings.clinic_hosts(stack.folders()["clinics"])
        desk = stack.setting("DESK_HOST", "")
        public = stack.setting("PUBLIC_ADDRESS", "")
        yield from findings.of_hosts([*hosts, desk] if desk else hosts, public_address=public)


def of_deleting(name: str, metrics: str) -> Iterator[Finding]:
    """What the relay of leads counts about deleting by age: `metrics` as Prometheus reads them."""
    told = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if line.startswith(DELETING))
    if f"{DELETING}due" not in told:
        return
    due, last = int(float(told[f"{DELETING}due"])), float(told[f"{DELETING}{LAST_RUN}"])
    if not last:
        yield Finding(what=f"nothing was deleted by age since {name} started", do=NOT_DELETED)
        return
    at = datetime.fromtimestamp(last, UTC)
    what = f"deleting by age last ran {at:%Y-%m-%d %H:%M} UTC; {due} requests are due since"
    yield Finding(what=what, do=NOT_DELETED if datetime.now(UTC) - at > DELETES_WITHIN else "")


def of_stuck(report: str) -> Iterator[Finding]:
    """The lines of `python -m notify stuck`: what is wrong, a colon, what to do.

    The last one says when alerts were tested.
    """
    for line in report.splitlines():
        what, colon, do = line.rpartition(": ")
        if colon:
            yield Finding(what=what, do=do)
        elif line != NOTHING_STUCK:
            yield Finding(what=line)


def _stuck_here(told: Mapping[str, str]) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "notify", "stuck"],
        env={**told, "PATH": os.environ.get("PATH", "")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return run.stdout


def of_readiness(name: str, missing: Mapping[str, str]) -> Iterator[Finding]:
    for what, reason in missing.items():
        yield Finding(what=f"{name} is not ready: {what}: {reason}", do=NOT_READY)


def _readiness(url: str) -> Mapping[str, str]:
    """What /readyz names; {} when it is ready."""
    try:
        return _parsed(httpx.get(url, timeout=ASK_S, trust_env=False).text)
    except httpx.HTTPError as error:
        return {"answer": f"none ({type(error).__name__})"}


def _text(url: str) -> str:
    try:
        return httpx.get(url, timeout=ASK_S, trust_env=False).text
    except httpx.HTTPError:
        return ""  # of_readiness says so


def _parsed(text: str) -> Mapping[str, str]:
    try:
        body: Any = httpx.Response(200, text=text).json()
        return {str(what): str(reason) for what, reason in body.get("missing", {}).items()}
    except (ValueError, AttributeError):
        return {"answer": "not what was expected"}


def in_words_of(found: list[Finding]) -> tuple[str, int]:
    """What to print, and the exit code: 1 when something is wrong."""
    wrong = [finding for finding in found if finding.do]
    lines = [f"  (!) {finding.what}\n      -> {finding.do}" for finding in wrong]
    lines += [f"      {finding.what}" for finding in found if not finding.do]
    first = f"{len(wrong)} things are wrong:" if wrong else "nothing is wrong"
    return "\n".join([first, *lines]), 1 if wrong else 0
