"""A log line is one JSON object and holds nothing but the agreed fields."""

import json
import logging
import sys

from plumbing.logs import JsonFormatter


def written(record: logging.LogRecord) -> dict[str, object]:
    line = JsonFormatter("leads").format(record)
    assert "\n" not in line
    parsed: dict[str, object] = json.loads(line)
    return parsed


def test_what_is_not_agreed_is_left_out_and_only_named() -> None:
    record = logging.makeLogRecord({"msg": "stored", "lead_id": "7", "phone": "555-0100"})
    line = written(record)
    assert line["lead_id"] == "7"
    assert line["left_out"] == ["phone"]
    assert "0100" not in json.dumps(line)


def test_an_errors_text_is_not_written() -> None:
    try:
        int("Ana Ruiz 555-0100")
    except ValueError:
        record = logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()})
    line = written(record)
    assert line["error"] == "ValueError"
    assert "Ruiz" not in json.dumps(line)


def test_hostile_text_stays_one_line() -> None:
    record = logging.makeLogRecord({"msg": "x", "reason": 'a\n{"level":"error"}\x1b[31m\u2028'})
    assert written(record)["reason"] == 'a\n{"level":"error"}\x1b[31m\u2028'
