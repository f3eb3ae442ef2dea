"""From an accepted lead to an alert, the messages of its first step, and a note to leads."""

import logging
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from contract.directory import Directory
from contract.events import LeadAccepted
from notify import chains, sink
from notify.alert import Alert
from notify.records import record
from notify.roster import Routing, recipients
from notify.scene import Scene
from notify.tables import alert as alerts
from notify.tables import step as steps

logger = logging.getLogger(__name__)

NOBODY = "no contact for this location"
_WRITTEN = (*Alert.__dataclass_fields__, "state", "reason", "opened_at")
_OPEN = (
    insert(alerts)
    .values({name: bindparam(name, type_=alerts.c[name].type) for name in _WRITTEN})
    .on_conflict_do_nothing()
    .returning(alerts.c.id)
)


def open_alert(
    connection: Connection,
    lead: LeadAccepted,
    directory: Directory | None,
    *,
    desk_url: str = "",
    now: datetime | None = None,
    first_name: str = "",
) -> None:
    """One alert for one lead, however often it is announced, with its first step.

    `desk_url`: where the contact's link leads; "": the messages have none.  `first_name`: kept
    only where a contact of the clinic may be told it (notify.agreement).
    """
    if lead.synthetic:
        sink.open_alert(connection, lead, now=now)
        return
    scene = Scene(directory=directory, desk_url=desk_url, now=now or datetime.now(UTC))
    alert = Alert.of(lead, scene)
    routing = recipients(connection, alert.clinic, alert.location)
    if alert.again:
        alert = replace(alert, first_place=_place_after(connection, lead.first_lead_id))
    if any(person.names for person in routing.people.values()):
        alert = replace(alert, first_name=first_name)
    row = {name: getattr(alert, name) for name in Alert.__dataclass_fields__} | {
        "state": "open" if routing.anybody else "failed",
        "reason": _reason(routing, lead),
        "opened_at": scene.now,
    }
    opened = connection.scalar(_OPEN, row)
    if opened is None:
        return  # another event of the same lead was first
    if routing.anybody:
        chains.begin(connection, alert, routing, scene)
    else:
        record(connection, alert, chains.OPENED, told="opened", at=scene.now)
        _tell_nobody(connection, alert, scene)


def tell_waiting(
    connection: Connection,
    clinic: str,
    directory: Directory | None,
    *,
    desk_url: str = "",
    now: datetime | None = None,
) -> None:
    """Tell of alerts that found nobody, now that the clinic's contacts may have changed."""
    scene = Scene(directory=directory, desk_url=desk_url, now=now or datetime.now(UTC))
    waiting = connection.execute(
        select(alerts)
        .where(alerts.c.clinic == clinic, alerts.c.state == "failed")
        .where(~select(steps).where(steps.c.alert_id == alerts.c.id).exists())
        .with_for_update(skip_locked=True)
    ).all()
    for row in waiting:
        alert = Alert.from_row(row)
        routing = recipients(connection, alert.clinic, alert.location)
        if routing.anybody:
            connection.execute(
                update(alerts)
                .where(alerts.c.id == alert.id)
                .values(state="open", reason=row.reason | _reason(routing, None))
            )
            chains.begin(connection, alert, routing, scene)


def _reason(routing: Routing, lead: LeadAccepted | None) -> dict[str, object]:
    """Why this location and these contacts, for people who ask later."""
    reason: dict[str, object] = {"nobody": NOBODY}
    if routing.anybody:
        keys = [person.key for person in routing.recipients]
        reason = {"entry": routing.by, "contacts": keys}
    return reason | ({"routed_by": lead.routed_by} if lead and lead.routed_by else {})


def _place_after(connection: Connection, first_lead_id: str) -> int:
    """One place higher than the first plea has come."""
    told = connection.scalar(
        select(func.count(steps.c.contact_id.distinct()))
        .join(alerts, alerts.c.id == steps.c.alert_id)
        .where(
            alerts.c.lead_id == first_lead_id,
            steps.c.state == "done",
            steps.c.kind.in_(["alert", "escalation"]),
        )
    )
    return max(told or 0, 1) + 1


def _tell_nobody(connection: Connection, alert: Alert, scene: Scene) -> None:
    record(connection, alert, "nobody to tell", told="failed", reason=NOBODY, at=scene.now)
    logger.error(
        "nobody to tell: add a contact to the clinic's alerts file",
        extra={"alert_id": alert.id, "clinic": alert.clinic, "location": alert.location},
    )
