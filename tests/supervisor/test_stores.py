import os
import pwd
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis

from supervisor.identity import Identity, choose_identity, closed_folder
from tests.supervisor.conftest import Copy, eventually, is_alive

pytestmark = pytest.mark.integration
STORES = Path(__file__).with_name("stores_copy.py")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


@pytest.fixture
def stores(tmp_path, free_port) -> Iterator[Callable[..., Copy]]:
    started: list[Copy] = []

    def begin(data: Path = tmp_path / "data", **env: str) -> Copy:
        folder = str(tmp_path)
        env = {
            "DATA_DIR": str(data),
            "PORT": str(free_port()),
            "CLINICS_DIR": folder,
            "LIBRARY_DIR": folder,
            "ALERTS_DIR": folder,
            **env,
        }
        copy = Copy([sys.executable, str(STORES)], data=data, env=env)
        started.append(copy)
        return copy

    yield begin
    for copy in started:
        with suppress(ProcessLookupError):
            copy.program.kill()
        copy.program.wait()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def setting(copy: Copy, name: str) -> str:
    lines = (copy.data / "run" / "env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)[name]


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def test_each_service_gets_its_database_and_nothing_of_the_others(stores):
    copy = stores()
    copy.wait_ready(within_s=60)
    owner, app = setting(copy, "LEADS_MIGRATION_DATABASE_URL"), setting(copy, "LEADS_DATABASE_URL")
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE lead (id int)")
    with psycopg.connect(app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM lead")
    with psycopg.connect(app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (id int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(app, dbname="notify")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(app, user="notify_app")
    assert one(app, "SHOW server_encoding") == "UTF8"
    assert one(app, "SHOW fsync") == one(app, "SHOW synchronous_commit") == "on"
    roles = "SELECT bool_or(rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname ~ '_(app|owner)$'"
    assert one(app, roles) is False
    assert copy.stop() == 0


def test_what_was_written_survives_a_stop_and_the_death_of_everything(stores):
    copy = stores()
    copy.wait_ready(within_s=60)
    owner = setting(copy, "NOTIFY_MIGRATION_DATABASE_URL")
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE alert AS SELECT 42 AS id")
    redis.Redis.from_url(setting(copy, "REDIS_URL")).set("kept", "yes")
    secrets = {path.name: path.read_text() for path in (copy.data / "secrets").iterdir()}
    assert copy.stop() == 0

    again = stores()
    again.wait_ready(within_s=60)
    assert setting(again, "NOTIFY_MIGRATION_DATABASE_URL") == owner  # the port, too
    client = redis.Redis.from_url(setting(again, "REDIS_URL"))
    assert client.get("kept") == b"yes"
    client.set("later", "yes")
    eventually(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0)
    pids = [row["pid"] for row in again.processes().values()]
    for pid in pids:
        with suppress(ProcessLookupError):  # one that ended with another
            os.kill(pid, signal.SIGKILL)
    eventually(lambda: not any(is_alive(pid) for pid in pids))
    again.program.wait()

    third = stores()
    third.wait_ready(within_s=60)
    assert one(setting(third, "NOTIFY_MIGRATION_DATABASE_URL"), "SELECT id FROM alert") == 42
    assert redis.Redis.from_url(setting(third, "REDIS_URL")).get("later") == b"yes"
    assert {p.name: p.read_text() for p in (copy.data / "secrets").iterdir()} == secrets
    assert third.stop() == 0


def test_each_store_comes_back_after_a_kill(stores):
    copy = stores()
    copy.wait_ready(within_s=60)
    url = setting(copy, "LEADS_DATABASE_URL")
    client = redis.Redis.from_url(setting(copy, "REDIS_URL"))
    client.set("kept", "yes")
    eventually(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0)
    for name in ("postgres", "redis"):
        os.kill(copy.pid(name), signal.SIGKILL)
    eventually(lambda: works(lambda: one(url, "SELECT 1") == 1))
    eventually(lambda: works(lambda: client.get("kept") == b"yes"))
    assert copy.stop() == 0


def works(asked: Callable[[], bool]) -> bool:
    try:
        return asked()
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


def test_secrets_are_for_their_owner_only(stores):
    copy = stores()
    copy.wait_ready(within_s=60)
    private = [copy.data / "run" / "env", copy.data / "run" / "redis.conf"]
    private += (copy.data / "secrets").iterdir()
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}
    assert stat.S_IMODE((copy.data / "secrets").stat().st_mode) == 0o700
    password = (copy.data / "secrets" / "redis_password").read_text().strip()
    for name in ("postgres", "redis"):
        arguments = Path(f"/proc/{copy.pid(name)}/cmdline").read_text()
        assert password not in arguments
        assert name in arguments or "valkey" in arguments  # the program itself, no wrapper
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=copy.processes()["redis"]["port"]).ping()


@root_only
def test_root_runs_postgres_as_its_guest_and_its_files_stay_roots(stores):
    if not choose_identity().launch.startswith("guest"):
        pytest.skip("this system refuses user namespaces")
    copy = stores()
    copy.wait_ready(within_s=60)
    status = Path(f"/proc/{copy.pid('postgres')}/status").read_text()
    assert "\nCapEff:\t0000000000000000\n" in status
    assert (copy.data / "postgres" / "data").stat().st_uid == 0


@root_only
def test_where_namespaces_are_refused_postgres_runs_as_another_user(stores, open_folder):
    uid = pwd.getpwnam("nobody").pw_uid
    copy = stores(open_folder / "data", GUEST="0")
    copy.wait_ready(within_s=60)
    assert f"\nUid:\t{uid}\t" in Path(f"/proc/{copy.pid('postgres')}/status").read_text()
    assert (copy.data / "postgres" / "data").stat().st_uid == uid
    assert (copy.data / "secrets").stat().st_uid == 0
    before = copy.pid("postgres")
    os.kill(copy.program.pid, signal.SIGKILL)  # dies with the supervisor under any name
    eventually(lambda: not is_alive(before))
    copy.program.wait()

    if choose_identity().launch.startswith("guest"):  # and back: the files change hands
        again = stores(open_folder / "data")
        again.wait_ready(within_s=60)
        assert (copy.data / "postgres" / "data").stat().st_uid == 0
        assert again.stop() == 0


@root_only
def test_the_folder_that_the_other_user_cannot_enter_is_named(stores, open_folder):
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    copy = stores(closed / "data", GUEST="0")
    assert copy.program.wait(20) == 1
    assert f"runs here as the user nobody, who cannot enter {closed}, where" in copy.output()
    assert "DATA_DIR=/var/tmp/frontdesk make run" in copy.output()
    assert f"chmod o+x {closed}" in copy.output()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_closed_folder_is_found_from_the_top(tmp_path):
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    owner = tmp_path.stat()
    me = Identity(launch="self", uid=owner.st_uid, gid=owner.st_gid)
    assert closed_folder(inner, me) is None
    inner.parent.chmod(0o600)
    try:
        assert closed_folder(inner.parent, me) == inner.parent
    finally:
        inner.parent.chmod(0o700)
