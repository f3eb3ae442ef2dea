import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from supervisor.process import Process
from supervisor.supervise import check_order, dependents
from tests.supervisor.conftest import FAKE_COPY, WEB, eventually, is_alive

FOREVER = "import time\nwhile True: time.sleep(60)"
NOTE = "import os, time\nopen(os.environ['FOLDER'] + '/order', 'a').write({!r} + '\\n')\n"


def test_processes_start_after_what_they_need_is_ready(start, free_port):
    slow = "import time; time.sleep(1)\n" + NOTE.format("slow web") + WEB
    copy = start(
        [
            {"name": "web", "code": slow, "port": free_port()},
            {"name": "prepare", "code": NOTE.format("prepare"), "after": ["web"], "once": True},
            {"name": "last", "code": NOTE.format("last") + FOREVER, "after": ["prepare"]},
        ]
    )
    copy.wait_ready()
    order = copy.data / "order"
    eventually(lambda: order.read_text().count("\n") == 3)
    assert order.read_text().split("\n")[:3] == ["slow web", "prepare", "last"]
    assert set(copy.processes()) == {"supervisor", "web", "last"}
    assert copy.pid("supervisor") == copy.program.pid


def test_each_line_carries_the_name_of_its_process(start, free_port):
    copy = start([{"name": "web", "code": WEB, "port": free_port()}])
    copy.wait_ready()
    assert "web | serving\n" in copy.output()
    assert (copy.data / "logs" / "web.log").read_text().startswith("serving\n")


def test_what_never_gets_ready_is_named_with_its_last_words(start, free_port):
    silent = "print('still warming up', flush=True)\n" + FOREVER
    copy = start([{"name": "web", "code": silent, "port": free_port(), "deadline_s": 1}])
    assert copy.program.wait(15) == 1
    assert "frontdesk: web was not ready within 1 s. It said last:" in copy.output()
    assert "    still warming up" in copy.output()
    assert "frontdesk: ready" not in copy.output()


def test_what_ends_again_and_again_at_start_is_named(start, free_port):
    wrong = "print('LEADS_PORT is missing'); raise SystemExit(3)"
    copy = start([{"name": "leads", "code": wrong, "port": free_port()}])
    assert copy.program.wait(20) == 1
    assert "leads ended 5 times before it was ready (exit status 3)" in copy.output()
    assert "    LEADS_PORT is missing" in copy.output()


def test_a_failed_preparation_ends_the_start(start):
    copy = start(
        [
            {"name": "migrate", "code": "raise SystemExit('no such role')", "once": True},
            {"name": "web", "code": NOTE.format("web"), "after": ["migrate"]},
        ]
    )
    assert copy.program.wait(15) == 1
    assert "frontdesk: migrate failed (exit status 1). It said last:" in copy.output()
    assert not (copy.data / "order").exists()


def test_a_program_that_is_not_there_is_named(start, free_port):
    copy = start([{"name": "edge", "argv": ["/nowhere/caddy"], "code": "", "port": free_port()}])
    assert copy.program.wait(15) == 1
    assert "    /nowhere/caddy: No such file or directory" in copy.output()


def test_a_killed_process_comes_back_under_a_new_pid(start, free_port):
    port = free_port()
    copy = start([{"name": "web", "code": WEB, "port": port}])
    copy.wait_ready()
    for _ in range(3):
        before = copy.pid("web")
        os.kill(before, signal.SIGKILL)
        eventually(lambda before=before: copy.pid("web") != before)
        eventually(lambda: answers(port))
    assert "web | ended (signal SIGKILL); starts again in 0.2 s" in copy.output()
    assert "web | ended (signal SIGKILL); starts again in 0.8 s" in copy.output()


def test_workers_left_behind_by_a_killed_master_are_ended(start, free_port):
    master = f"""
import os, subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", {FOREVER!r}])
open(os.environ["FOLDER"] + "/worker", "w").write(str(worker.pid))
"""
    copy = start([{"name": "web", "code": master + WEB, "port": free_port()}])
    copy.wait_ready()
    worker = int((copy.data / "worker").read_text())
    os.kill(copy.pid("web"), signal.SIGKILL)
    eventually(lambda: not is_alive(worker))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_reverse_order(start, free_port, number):
    polite = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: ({}, sys.exit(0)))\n"
    note = "open(__import__('os').environ['FOLDER'] + '/order', 'a').write({!r} + '\\n')"
    store = polite.format(note.format("store")) + WEB
    web = polite.format("__import__('time').sleep(0.5), " + note.format("web")) + WEB
    copy = start(
        [
            {"name": "store", "code": store, "port": free_port()},
            {"name": "once", "code": "", "once": True, "after": ["store"]},
            {"name": "web", "code": web, "port": free_port(), "after": ["once"]},
        ]
    )
    copy.wait_ready()
    pids = [copy.pid("store"), copy.pid("web")]
    assert copy.stop(number) == 0
    assert (copy.data / "order").read_text() == "web\nstore\n"
    assert not any(is_alive(pid) for pid in pids)
    assert copy.processes() == {}


def test_what_does_not_stop_is_killed_within_ten_seconds_and_the_others_end_well(start, free_port):
    stubborn = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WEB
    note = "open(__import__('os').environ['FOLDER'] + '/order', 'a').write('store')"
    store = f"import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: ({note}, sys.exit(0)))\n"
    copy = start(
        [
            {"name": "store", "code": store + WEB, "port": free_port()},
            {"name": "stubborn", "code": stubborn, "port": free_port(), "after": ["store"]},
        ]
    )
    copy.wait_ready()
    pids = [copy.pid("store"), copy.pid("stubborn")]
    began = time.monotonic()
    assert copy.stop() == 0
    assert time.monotonic() - began < 10
    assert "frontdesk: stubborn did not stop and is killed" in copy.output()
    assert (copy.data / "order").read_text() == "store"
    assert not any(is_alive(pid) for pid in pids)


def test_a_frozen_process_does_not_hold_up_the_end(start, free_port):
    copy = start([{"name": "web", "code": WEB, "port": free_port()}])
    copy.wait_ready()
    os.kill(copy.pid("web"), signal.SIGSTOP)
    began = time.monotonic()
    assert copy.stop() == 0
    assert time.monotonic() - began < 3


def test_a_killed_supervisor_leaves_nobody_behind_and_can_start_again(start, free_port):
    table = [
        {"name": "store", "code": WEB, "port": free_port()},
        {"name": "web", "code": WEB, "port": free_port(), "after": ["store"]},
    ]
    copy = start(table)
    copy.wait_ready()
    pids = [row["pid"] for row in copy.processes().values()]
    copy.program.kill()
    copy.program.wait()
    eventually(lambda: not any(is_alive(pid) for pid in pids), within_s=5)
    again = start(table)
    again.wait_ready()
    assert again.stop() == 0


def test_a_stop_during_the_start_is_clean(start, free_port):
    copy = start([{"name": "web", "code": FOREVER, "port": free_port()}])
    eventually((copy.data / "run" / "processes.json").exists)
    pid = copy.pid("web")
    assert copy.stop(signal.SIGINT) == 0
    assert not is_alive(pid)


def test_a_reader_that_has_stopped_reading_holds_nobody_up(start, free_port, tmp_path):
    """The loud process must get on although nobody takes its lines from the terminal."""
    port = free_port()
    loud = (
        "import threading\n"
        "def shout():\n"
        "    for n in range(40_000): print('x' * 100, flush=True)\n"
        "    open(__import__('os').environ['FOLDER'] + '/done', 'w').close()\n"
        "threading.Thread(target=shout, daemon=True).start()\n"
    )
    rows, data = tmp_path / "table.json", tmp_path / "data"
    rows.write_text(json.dumps([{"name": "web", "code": loud + WEB, "port": port}]))
    argv = [sys.executable, str(FAKE_COPY), str(data), str(rows)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as program:
        eventually((data / "done").exists, within_s=30)
        assert answers(port)
        began = time.monotonic()
        program.terminate()
        assert program.wait(12) == 0
        assert time.monotonic() - began < 10


def test_a_second_copy_on_the_same_folder_is_refused(start, free_port):
    table = [{"name": "web", "code": WEB, "port": free_port()}]
    copy = start(table)
    copy.wait_ready()
    second = start(table)
    assert second.program.wait(10) == 1
    assert f"another copy (pid {copy.program.pid}) runs on {copy.data}" in second.output()
    assert copy.program.poll() is None


def test_the_table_must_be_in_order(tmp_path):
    web = Process(name="web", argv=("/bin/true",), env={}, cwd=tmp_path, after=("store",))
    with pytest.raises(ValueError, match="web: not above it: store"):
        check_order([web])


def test_dependents_are_found_through_others(tmp_path):
    def process(name: str, *after: str) -> Process:
        return Process(name=name, argv=("/bin/true",), env={}, cwd=tmp_path, after=after)

    table = [process("a"), process("b", "a"), process("c", "b"), process("d")]
    assert dependents("a", table) == {"b", "c"}


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False
