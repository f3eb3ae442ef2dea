"""`make up`: everything runs, one request goes all the way, and nothing is told too much."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.builders import a_form
from tests.compose.stack import ONE_SHOT, ROOT, Stack
from tests.system.running import reference, wait_until

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1200)]

CLINIC = "foothill.localhost"


def test_everything_is_healthy_when_up_returns(stack: Stack) -> None:
    containers = stack.containers()
    assert len(containers) == 15
    for service, container in containers.items():
        state = container["State"]
        if service in ONE_SHOT:
            assert (state["Status"], state["ExitCode"]) == ("exited", 0), service
        else:
            assert stack.is_healthy(service), service
    print(f"\nfrom nothing to healthy: {stack.up_s:.0f} s")  # noqa: T201 - aim: 60 s


def test_a_request_through_the_edge_becomes_one_text_and_one_mail(stack: Stack) -> None:
    assert wait_until(lambda: stack.get("any.example", "/healthz").is_success, seconds=30)
    told = reference(stack.post(CLINIC, a_form(location="marsden", message="canary sentence")))
    assert wait_until(lambda: told in stack.alerted() and told in stack.mailed(), seconds=30)
    assert {count for key, count in stack.alerts().items() if key[0] == told} == {1}
    mails = [mail for mail in stack.mails() if mail["reference"] == told]
    assert len(mails) == 1
    assert "Marsden" in mails[0]["text"]
    assert "canary" not in json.dumps(mails)
    assert told in stack.references()


def test_an_unknown_host_is_refused(stack: Stack) -> None:
    answer = stack.get("unknown.example", "/")
    assert answer.status_code == 421
    assert "oothill" not in answer.text


def test_a_rollback_shows_the_older_release_until_it_is_ended(stack: Stack) -> None:
    command = ("exec", "-T", "content-publisher", "python", "-m", "content", "rollback", CLINIC)
    listed = stack.compose(*command, "--list").split()
    running = listed[0]
    assert "running" in listed
    assert f"{running} is shown and held" in stack.compose(*command, "--to", running)
    assert "running, held" in stack.compose(*command, "--list")
    assert f"{running} is shown again" in stack.compose(*command, "--resume")
    assert "no such host" in stack.compose(*command[:-1], "unknown.example", "--list", check=False)
    assert stack.get(CLINIC, "/").status_code == 200


def test_the_desk_answers_on_its_own_host_alone(stack: Stack) -> None:
    assert stack.get("desk.localhost", "/").headers["Location"].startswith("/")
    assert stack.get(CLINIC, "/leads/").status_code == 404


def test_only_the_edge_is_published_and_only_on_loopback_in_a_demo(stack: Stack) -> None:
    published = {
        service: container["HostConfig"]["PortBindings"]
        for service, container in stack.containers().items()
        if container["HostConfig"]["PortBindings"]
    }
    assert set(published) == {"edge"}
    bindings = [one for ports in published["edge"].values() for one in ports]
    assert {one["HostIp"] for one in bindings} == {"127.0.0.1"}


def test_every_container_is_contained(stack: Stack) -> None:
    for service, container in stack.containers().items():
        host = container["HostConfig"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert not host["CapAdd"], service
        assert "no-new-privileges:true" in host["SecurityOpt"], service
        assert host["Memory"] > 0, service
        assert host["PidsLimit"] > 0, service
        assert not host["Privileged"], service
        assert host["LogConfig"]["Config"].keys() == {"max-size", "max-file"}, service
        assert not container["Config"]["User"].startswith("0"), service
        assert container["Config"]["User"], service
        assert not any("docker.sock" in mount["Source"] for mount in container["Mounts"]), service


def test_only_those_who_send_can_reach_the_outside(stack: Stack) -> None:
    outside = {"edge", "egress"}
    reaching = {
        service
        for service, container in stack.containers().items()
        for network in container["NetworkSettings"]["Networks"]
        if network.removeprefix(f"{stack.project}_") in outside
    }
    assert reaching == {"edge", "notify-worker", "notify-dispatcher"}


def test_no_secret_is_in_an_environment_or_an_argument(stack: Stack) -> None:
    secrets = secret_values(Path(stack.environ["SECRETS_DIR"]))
    assert len(secrets) > 15
    for service, container in stack.containers().items():
        shown = json.dumps(container["Config"]) + json.dumps(container["Args"])
        assert not [name for name, value in secrets.items() if value in shown], service


def test_each_container_is_given_its_own_secrets_alone(stack: Stack) -> None:
    holders: dict[str, set[str]] = {}
    for service, container in stack.containers().items():
        for mount in container["Mounts"]:
            if mount["Destination"].startswith("/run/secrets/"):
                holders.setdefault(Path(mount["Destination"]).name, set()).add(service)
    assert holders["directory_signing_key"] == {"content-publisher"}
    assert holders["comments_signing_key"] == {"leads-relay"}
    assert holders["comments_verify_keys"] == {"content-publisher"}
    assert holders["leads_seal_keys"] == {"leads", "leads-relay", "leads-consumer"}
    assert holders["admin_database_url"] == {"provision"}
    assert holders["postgres_password"] == {"postgres"}
    assert holders["redis_users"] == {"redis"}
    assert holders["leads_migration_database_url"] == {"provision", "leads-migrate"}
    assert holders["leads_database_url"] == {"provision", "leads"}


def test_secrets_are_for_their_owner_and_made_once(stack: Stack) -> None:
    folder = Path(stack.environ["SECRETS_DIR"])
    assert folder.stat().st_mode & 0o777 == 0o700
    before = secret_values(folder)
    (folder / "service_token").rename(folder.parent / "service_token")
    stack.run("deploy/up", "secrets")
    after = secret_values(folder)
    (folder / "service_token").unlink()
    (folder.parent / "service_token").rename(folder / "service_token")
    assert {name for name in before if before[name] != after[name]} == {"service_token"}


def test_redis_knows_nobody_without_a_password_and_each_user_its_own(stack: Stack) -> None:
    def answer(url: str, *command: str) -> str:
        return stack.compose("exec", "-T", "redis", "redis-cli", "-u", url, *command)

    secrets = Path(stack.environ["SECRETS_DIR"])
    leads = (secrets / "leads_redis_url").read_text().strip().replace("@redis:", "@127.0.0.1:")
    content = (secrets / "content_redis_url").read_text().strip().replace("@redis:", "@127.0.0.1:")
    assert "NOAUTH" in answer("redis://127.0.0.1:6379/0", "get", "frontdesk:directory")
    assert "frontdesk" not in answer(leads, "set", "frontdesk:directory", "forged")
    assert "payload" in answer(leads, "get", "frontdesk:directory")
    for command in (("flushall",), ("keys", "*"), ("config", "get", "*"), ("lpush", "else", "x")):
        assert "NOPERM" in answer(leads, *command)
    assert "NOPERM" in answer(content, "lpush", "notify.events", "x")


def test_a_demo_that_others_could_reach_does_not_start(stack: Stack) -> None:
    for service in ("content", "content-publisher", "leads", "leads-relay", "notify"):
        said = stack.compose(
            *("run", "--rm", "--no-deps", "-T", "-e", "EDGE_BIND=0.0.0.0", service), check=False
        )
        assert "EDGE_BIND: must be a loopback address" in said, service


def test_a_process_that_ends_is_started_again(stack: Stack) -> None:
    before = stack.containers()["leads-relay"]["State"]["StartedAt"]
    stack.compose("exec", "-T", "leads-relay", "python", "-c", "import os; os.kill(1, 15)")
    assert wait_until(
        lambda: stack.containers()["leads-relay"]["State"]["StartedAt"] != before, seconds=30
    )
    assert wait_until(lambda: stack.is_healthy("leads-relay"), seconds=60)


def test_production_cannot_become_a_demo_by_a_variable(stack: Stack) -> None:
    for service in composed(stack, "docker-compose.yml")["services"].values():
        environment = service.get("environment", {})
        assert "FRONTDESK_DEMO" not in environment
        assert "capture://" not in json.dumps(environment)


def test_no_health_check_depends_on_others(stack: Stack) -> None:
    services = composed(stack, "docker-compose.yml")["services"]
    for name, service in services.items():
        if name not in ONE_SHOT:
            assert "readyz" not in json.dumps(service["healthcheck"]), name


def composed(stack: Stack, files: str) -> dict[str, Any]:
    """The configuration as Compose understands it."""
    run = subprocess.run(
        ["docker", "compose", "config", "--format", "json"],
        cwd=ROOT,
        env=stack.environ | {"COMPOSE_FILE": files},
        capture_output=True,
        text=True,
        check=True,
    )
    understood: dict[str, Any] = json.loads(run.stdout)
    return understood


def secret_values(folder: Path) -> dict[str, str]:
    """The secret part of each file: of a URL its password, of a key line the key."""
    values = {}
    for path in folder.iterdir():
        text = path.read_text().strip()
        match = re.search(r"://[^:]*:([^@]+)@", text) or re.search(r"^\w+:(\S+)$", text)
        if text and path.name != "redis_users":
            values[path.name] = match[1] if match else text
    return values


def test_pinning_writes_digests_or_says_why_there_are_none(stack: Stack, tmp_path: Path) -> None:
    """Stand-ins that were built on this engine came from no registry."""
    for name in ("deploy/pin", "deploy/Dockerfile", "docker-compose.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name)
    run = subprocess.run(
        [str(tmp_path / "deploy/pin")], capture_output=True, text=True, timeout=120, check=False
    )
    pinned = tmp_path / "docker-compose.pinned.yml"
    if run.returncode:
        assert "came from no registry, so it has no digest to pin it to" in run.stderr
        assert not pinned.exists()
    else:
        assert pinned.read_text().count("@sha256:") == 10
