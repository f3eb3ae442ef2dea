import base64
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from contract.env import SettingsError
from plumbing.provision import databases_from
from supervisor.addresses import addresses
from supervisor.datadir import DataDir
from supervisor.environment import Environment
from supervisor.keys import Secrets
from supervisor.ports import free_ports, is_free
from supervisor.processes import PRIVATE_PORTS, table
from supervisor.settings import Settings
from supervisor.supervise import check_order

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environ(tmp_path) -> dict[str, str]:
    folder = str(tmp_path)
    return {
        "DATA_DIR": str(tmp_path / "data"),
        "CLINICS_DIR": folder,
        "LIBRARY_DIR": folder,
        "ALERTS_DIR": folder,
        "PATH": os.environ["PATH"],
    }


@pytest.fixture
def copy(environ) -> Environment:
    settings = Settings.from_env({**environ, "NOTIFY_SWEEP_SECONDS": "0", "AWS_KEY": "private"})
    data = DataDir(settings.data_dir)
    data.take()
    return Environment(
        settings=settings,
        data=data,
        secrets=Secrets.in_folder(data.secrets),
        ports=free_ports(PRIVATE_PORTS, remembered=data.run / "ports.json"),
    )


def environments(copy: Environment) -> dict[str, dict[str, str]]:
    rows = table(copy, postgres=("/bin/postgres",), postgres_identity="self")
    return {row.name: dict(row.env) for row in rows}


def test_the_table_is_in_order_and_every_port_is_another(copy):
    rows = table(copy, postgres=("/bin/postgres",), postgres_identity="self")
    check_order(rows)
    ports = [row.port for row in rows if row.port]
    assert len(set(ports)) == len(ports) == 12


def test_each_process_is_told_only_what_it_needs(copy):
    told = environments(copy)
    assert not [name for name, env in told.items() if "AWS_KEY" in env]
    holders = {name for name, env in told.items() if "LEADS_SEAL_KEYS_FILE" in env}
    assert holders == {"leads", "leads-relay", "leads-consumer"}
    signers = {name for name, env in told.items() if "DIRECTORY_SIGNING_KEY_FILE" in env}
    assert signers == {"content-publisher"}
    signers = {name for name, env in told.items() if "COMMENTS_SIGNING_KEY_FILE" in env}
    assert signers == {"leads-relay"}
    owners = {name for name, env in told.items() if "LEADS_MIGRATION_DATABASE_URL" in env}
    assert owners == {"provision", "leads-migrate"}
    assert not [key for name in ("edge", "postgres", "redis") for key in told[name] if "URL" in key]
    assert "NOTIFY_SWEEP_SECONDS" in told["notify-dispatcher"]
    assert "NOTIFY_SWEEP_SECONDS" not in told["leads"]
    assert {env.get("EDGE_BIND", "127.0.0.1") for env in told.values()} == {"127.0.0.1"}


def test_nothing_leaves_the_machine_unless_asked_for(copy, environ):
    assert copy.notify()["NOTIFY_EMAIL_PROVIDERS"] == "capture://"
    assert copy.notify()["NOTIFY_SMS_PROVIDERS"] == "capture://"
    asked = Settings.from_env({**environ, "NOTIFY_EMAIL_PROVIDERS": "smtp://mail.example:25/"})
    assert asked.email_providers == "smtp://mail.example:25/"


def test_commands_find_both_databases_of_the_running_copy(copy):
    found = copy.of_the_copy()
    assert {"LEADS_DATABASE_URL", "NOTIFY_DATABASE_URL", "REDIS_URL", "SITES_DIR"} <= set(found)
    assert "PATH" not in found


def test_provisioning_understands_what_the_supervisor_tells_it(copy):
    admin_url, (leads, notify) = databases_from(copy.provision())
    assert admin_url.startswith("postgresql://postgres:")
    assert (leads.name, leads.owner.name, leads.app.name) == ("leads", "leads_owner", "leads_app")
    assert (notify.name, notify.owner.name) == ("notify", "notify_owner")


def test_provisioning_names_every_missing_setting_at_once():
    with pytest.raises(SettingsError) as error:
        databases_from({"PROVISION": "leads", "LEADS_DATABASE_URL": "postgresql://127.0.0.1/"})
    assert len(error.value.problems) == 3


def test_every_wrong_setting_is_reported_at_once(environ):
    with pytest.raises(SettingsError) as error:
        Settings.from_env({**environ, "PORT": "http", "CLINICS_DIR": "/nowhere"})
    assert [problem.split(":")[0] for problem in error.value.problems] == ["PORT", "CLINICS_DIR"]


def test_secrets_are_made_once(tmp_path):
    first = Secrets.in_folder(tmp_path)
    ring = first.leads_seal_keys.read_text()
    first.leads_hash_key.unlink()
    again = Secrets.in_folder(tmp_path)
    assert again.leads_seal_keys.read_text() == ring
    assert again.redis_password == first.redis_password
    assert again.leads_hash_key.exists()
    key_id, _, key = ring.strip().partition(":")
    assert key_id
    assert len(base64.b64decode(key)) == 32
    signing, verify = (path.read_text() for path in (first.directory_signing_key,) * 2)
    assert signing.partition(":")[0] == verify.partition(":")[0]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_ports_stay_the_same_while_they_are_free(tmp_path):
    remembered = tmp_path / "ports.json"
    first = free_ports(["a", "b"], remembered=remembered)
    assert free_ports(["a", "b"], remembered=remembered) == first
    with socket.socket() as other:
        other.bind(("127.0.0.1", first["a"]))
        other.listen()
        assert not is_free(first["a"])
        second = free_ports(["a", "b"], remembered=remembered)
    assert second["a"] != first["a"]
    assert second["b"] == first["b"]


def test_a_damaged_list_of_ports_is_no_obstacle(tmp_path):
    remembered = tmp_path / "ports.json"
    remembered.write_text('{"a": ')
    assert set(free_ports(["a"], remembered=remembered)) == {"a"}


def test_the_addresses_name_each_clinic_once(tmp_path):
    hosts = tmp_path / "hosts.json"
    rows = [
        {"host": host, "clinic": "juniper", "name": "Juniper Clinic", "primary": not number}
        for number, host in enumerate(["juniper.example", "www.juniper.example"])
    ]
    hosts.write_text(json.dumps({"hosts": rows}))
    text = addresses(hosts, 8123, desk_link=None)
    assert text.count("Juniper Clinic") == 1
    for host in ("juniper", "captured"):
        assert f"http://{host}.localhost:8123/" in text


def test_a_taken_port_is_named_before_anything_starts(environ, free_port):
    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        run = subprocess.run(
            [sys.executable, "-m", "supervisor", "run"],
            env={**environ, "PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 1
    words = f"port {port} is taken by another program: stop it or run with PORT={port + 1} make run"
    assert run.stdout == f"frontdesk: {words}\n"
    assert not (Path(environ["DATA_DIR"]) / "postgres").exists()


def the_python_of_make(*given, **variables):
    """Which Python make takes."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    run = subprocess.run(
        ["make", "--no-print-directory", "--eval", "show: ; @echo $(PYTHON)", "show", *given],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


def a_program(path, script):
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_make_passes_over_a_python_that_does_not_run(tmp_path):
    a_program(tmp_path / "python3.13", "exit 127")
    (tmp_path / "python3.12").symlink_to(sys.executable)
    path = f"{tmp_path}:/usr/bin:/bin"
    assert the_python_of_make("PYTHONS=python3.13 python3.12", PATH=path) == "python3.12"


def test_make_passes_over_a_python_that_cannot_make_environments(tmp_path):
    real = f'exec {sys.executable} "$@"'
    bare = a_program(tmp_path / "bare", f'case "$*" in *ensurepip*) exit 1;; esac; {real}')
    whole = a_program(tmp_path / "whole", real)
    assert the_python_of_make(f"PYTHONS={bare} {whole}") == str(whole)
    assert the_python_of_make(f"PYTHONS={bare}") == str(bare)  # which then says what to install


def test_make_asks_the_systems_python_first(tmp_path):
    (tmp_path / "python3.13").symlink_to(sys.executable)
    asked = "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))"
    fits = not subprocess.run(["/usr/bin/python3", "-c", asked], check=False).returncode
    wanted = "/usr/bin/python3" if fits else "python3.13"
    assert the_python_of_make(PATH=f"{tmp_path}:/usr/bin:/bin") == wanted


def test_a_python_without_venv_gets_the_line_that_helps(tmp_path):
    place = tmp_path / "supervisor" / "supervisor"
    place.mkdir(parents=True)
    shutil.copy(ROOT / "supervisor" / "supervisor" / "bootstrap.py", place)
    (place / "ensurepip.py").write_text("raise ImportError")
    run = subprocess.run(
        [sys.executable, str(place / "bootstrap.py"), "run"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "Run: sudo apt-get install -y python3-venv make\n" in run.stderr
