"""The fields a log line may carry beside time, level, service and its constant message.

Anything else that code passes in `extra` is left out and only its name is kept: a patient's
words cannot get into a log by mistake.
"""

FIELDS = frozenset(
    {
        "alert_id",
        "attempt",
        "channel",
        "clinic",
        "count",
        "duration_s",
        "event_id",
        "event_name",
        "files",
        "host",
        "kind",
        "lead_id",
        "location",
        "message_id",
        "method",
        "path",
        "pid",
        "process",
        "provider",
        "queue",
        "reason",
        "reference",
        "release",
        "request_id",
        "route",
        "state",
        "status",
        "version",
    }
)
