"""When the fault runs call a message late."""

from faults.late import MAIL, TEXT, Told
from faults.weather import Window


def test_a_message_is_late_by_its_longest_time_without_a_fault_on_its_way() -> None:
    """Two faults, the second one 28 s after the first: the message should have left between."""
    told = Told(reference="K7QF2MPD", channel=TEXT, stored=100.0, at=140.0)
    windows = [Window("kill notify-worker", 101.0, 104.0), Window("redis away", 132.0, 138.0)]
    assert told.calm_s(windows) == 28.0


def test_a_fault_elsewhere_excuses_nothing() -> None:
    mail = Told(reference="K7QF2MPD", channel=MAIL, stored=100.0, at=130.0)
    elsewhere = [Window(what, 110.0, 120.0) for what in ("kill content", "text hang", "stop edge")]
    assert mail.calm_s(elsewhere) == 30.0
    assert mail.calm_s([*elsewhere, Window("mail busy", 112.0, 118.0)]) == 12.0


def test_faults_that_overlap_and_one_that_is_over_count_as_they_lie() -> None:
    told = Told(reference="K7QF2MPD", channel=MAIL, stored=100.0, at=125.0)
    windows = [
        Window("kill postgres", 50.0, 60.0),
        Window("kill postgres", 99.0, 110.0),
        Window("freeze redis", 102.0, 104.0),
    ]
    assert told.calm_s(windows) == 15.0
