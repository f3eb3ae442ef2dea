"""Where a message's time went: its way from stage to stage, from the rows of both services."""

import psycopg

from bench.rig import Rig

LEADS = """
    SELECT l.reference, l.received_at, o.tries, o.confirmed_at
    FROM lead l LEFT JOIN outbox o ON o.data ->> 'lead_id' = l.id::text
    WHERE l.reference = ANY(%s) AND (o.name IS NULL OR o.name LIKE 'lead.accepted%%')
"""
NOTIFY = """
    SELECT l.reference, t.at, t.what
    FROM alert l, LATERAL (
        SELECT a.opened_at AS at, 'alert opened' AS what FROM alert a WHERE a.id = l.id
        UNION ALL
        SELECT m.created_at, m.channel || ' made' FROM message m WHERE m.alert_id = l.id
        UNION ALL
        SELECT t.started_at, m.channel || ' attempt ' || t.no
        FROM attempt t JOIN message m ON m.id = t.message_id WHERE m.alert_id = l.id
        UNION ALL
        SELECT u.at, concat_ws(' ', u.detail ->> 'channel', u.what, u.detail ->> 'reason')
        FROM audit u WHERE u.alert_id = l.id
        UNION ALL
        SELECT now(), m.channel || ' ' || m.state || ' now, published by the sweep '
            || m.publish_tries || ' times since it was last claimed'
        FROM message m WHERE m.alert_id = l.id
    ) t
    WHERE l.reference = ANY(%s)
    ORDER BY t.at
"""


def stages(rig: Rig, references: list[str]) -> dict[str, list[str]]:
    """Reference -> a line for each stage, in seconds since the request was received."""
    settings = rig.copy.settings()
    with psycopg.connect(settings["LEADS_JOBS_DATABASE_URL"]) as connection:
        leads = connection.execute(LEADS, (references,)).fetchall()
    with psycopg.connect(settings["NOTIFY_DATABASE_URL"]) as connection:
        seen = connection.execute(NOTIFY, (references,)).fetchall()
    story: dict[str, list[str]] = {}
    for reference, received, tries, confirmed in leads:
        known = [(at, what) for of, at, what in seen if of == reference]
        if confirmed is not None:
            known.append((confirmed, f"event confirmed to leads, handed on {tries} times"))
        known += [
            (received.fromtimestamp(at, received.tzinfo), "a provider took it")
            for at in rig.taken().get(reference, [])
        ]
        story[reference] = [f"{received:%H:%M:%S.%f} {reference} received"] + [
            f"  {(at - received).total_seconds():8.2f} s  {what}" for at, what in sorted(known)
        ]
    return story
