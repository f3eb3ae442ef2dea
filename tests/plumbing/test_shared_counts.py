"""Counts of one minute, shared by processes."""

import subprocess
import sys
from pathlib import Path

from plumbing.shared_counts import SharedCounts

KEY = b"k" * 32
MINUTE = 60 * 1000.0


class Clock:
    now = MINUTE

    def __call__(self) -> float:
        return self.now


def test_as_many_as_allowed_and_no_more() -> None:
    counts = SharedCounts(None, key=KEY, clock=Clock())
    allowed = [counts.count("a", at_most=100) <= 100 for _ in range(150)]
    assert allowed == [True] * 100 + [False] * 50
    assert counts.count("b", at_most=100) == 1


def test_what_is_refused_is_not_counted_so_the_allowed_speed_goes_on() -> None:
    clock = Clock()
    counts = SharedCounts(None, key=KEY, clock=clock)
    accepted = 0
    for second in range(600):
        clock.now = MINUTE + second
        accepted += sum(counts.count("flood", at_most=60) <= 60 for _ in range(20))
    assert 500 <= accepted <= 660


def test_a_minute_later_all_is_allowed_again() -> None:
    clock = Clock()
    counts = SharedCounts(None, key=KEY, clock=clock)
    for _ in range(10):
        counts.count("a", at_most=10)
    clock.now += 119
    assert counts.count("a", at_most=10) <= 10


def test_processes_count_together(tmp_path: Path) -> None:
    file = tmp_path / "counts"
    program = (
        "import sys; from pathlib import Path; from plumbing.shared_counts import SharedCounts\n"
        f"counts = SharedCounts(Path({str(file)!r}), key={KEY!r}, clock=lambda: {MINUTE})\n"
        "for _ in range(500): counts.count('a')"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert SharedCounts(file, key=KEY, clock=lambda: MINUTE).in_last_minute("a") == 1500


def test_nothing_that_was_counted_is_in_the_file(tmp_path: Path) -> None:
    counts = SharedCounts(tmp_path / "counts", key=KEY)
    counts.count("address", "203.0.113.9")
    assert b"203" not in (tmp_path / "counts").read_bytes()


def test_strangers_do_not_share_a_place() -> None:
    counts = SharedCounts(None, key=KEY, clock=Clock())
    for number in range(3000):
        counts.count("address", str(number), at_most=100)
    assert max(counts.in_last_minute("address", str(number)) for number in range(3000)) <= 4


def test_without_a_file_that_can_be_opened_it_still_counts(tmp_path: Path) -> None:
    counts = SharedCounts(tmp_path / "no" / "folder", key=KEY, clock=Clock())
    assert counts.count("a") == 1
    assert counts.count("a") == 2
