"""Alerts in a backup whose request is not: it came in between the dumps of the two databases."""

from datetime import timedelta
from uuid import UUID

from supervisor.keeping.archive import Manifest
from supervisor.keeping.postgres import Server

MARGIN = timedelta(minutes=1)  # longer than any transaction that stores a request


def orphans(server: Server, manifest: Manifest) -> list[str]:
    """Ids of requests that notify knows and leads does not."""
    since = (manifest.leads_from - MARGIN).isoformat()
    told = server.ask("notify", f"SELECT lead_id FROM alert WHERE received_at >= '{since}'")  # noqa: S608 - our own moment
    ids = [str(UUID(row[0])) for row in told]
    listed = ", ".join(f"'{lead_id}'" for lead_id in ids)
    there = server.ask("leads", f"SELECT id FROM lead WHERE id IN ({listed})") if ids else []  # noqa: S608 - UUIDs
    return sorted(set(ids) - {row[0] for row in there})
